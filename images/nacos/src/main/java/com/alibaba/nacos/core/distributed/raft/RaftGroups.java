package com.alibaba.nacos.core.distributed.raft;

import com.alibaba.nacos.consistency.cp.RequestProcessor4CP;
import com.alibaba.nacos.core.distributed.ProtocolManager;
import com.alibaba.nacos.naming.consistency.persistent.PersistentConsistencyServiceDelegateImpl;
import com.alibaba.nacos.naming.consistency.persistent.impl.PersistentServiceProcessor;
import java.lang.reflect.Field;
import java.util.List;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.beans.factory.config.BeanPostProcessor;
import org.springframework.stereotype.Component;

/**
 * Gives each of the server's state machines its Raft group. That is JRaftProtocol.addRequestProcessors' to do, which is empty in the republished jar: without it there
 * are no persistent instances and no metadata of services, and a cluster's member never says that it is up.
 */
@Component
class RaftGroups implements BeanPostProcessor {

    private final ObjectProvider<ProtocolManager> protocols;

    RaftGroups(ObjectProvider<ProtocolManager> protocols) {
        this.protocols = protocols;
    }

    @Override
    public Object postProcessAfterInitialization(Object bean, String name) {
        if (bean instanceof RequestProcessor4CP processor) {
            begin(processor);
        } else if (bean instanceof PersistentConsistencyServiceDelegateImpl delegate
                && field(PersistentConsistencyServiceDelegateImpl.class, "persistentServiceProcessor", delegate) instanceof PersistentServiceProcessor old) {
            // Version 1's group, which no bean stands for. Whether it has a leader is what the server's status says. A single server has none.
            begin(old);
        }
        return bean;
    }

    private void begin(RequestProcessor4CP processor) {
        JRaftServer server = (JRaftServer) field(JRaftProtocol.class, "raftServer", protocols.getObject().getCpProtocol());
        server.createMultiRaftGroup(List.of(processor));
    }

    private static Object field(Class<?> of, String name, Object object) {
        try {
            Field field = of.getDeclaredField(name);
            field.setAccessible(true);
            return field.get(object);
        } catch (ReflectiveOperationException error) {
            throw new IllegalStateException(error);
        }
    }
}
