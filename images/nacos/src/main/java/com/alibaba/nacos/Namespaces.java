package com.alibaba.nacos;

import com.alibaba.nacos.auth.annotation.Secured;
import com.alibaba.nacos.config.server.model.TenantInfo;
import com.alibaba.nacos.config.server.service.repository.CommonPersistService;
import com.alibaba.nacos.plugin.auth.constant.ActionTypes;
import java.util.List;
import java.util.Map;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** The console's API of namespaces, as far as the chart needs it: see README.md. Its methods are public, because only such are found by those who ask for a login. */
@RestController
@RequestMapping("/v1/console/namespaces")
class Namespaces {

    /** Whose rows are namespaces that users made. */
    private static final String OWNER = "1";

    private final CommonPersistService store;

    Namespaces(CommonPersistService store) {
        this.store = store;
    }

    @GetMapping
    public Map<String, Object> list() {
        List<Map<String, String>> own = store.findTenantByKp(OWNER).stream()
                .map((TenantInfo one) -> Map.of("namespace", one.getTenantId(), "namespaceShowName", one.getTenantName()))
                .toList();
        return Map.of("code", 200, "data", own);
    }

    @PostMapping
    @Secured(resource = "console/namespaces", action = ActionTypes.WRITE)
    public boolean create(@RequestParam("customNamespaceId") String id, @RequestParam("namespaceName") String name,
            @RequestParam(value = "namespaceDesc", defaultValue = "") String description) {
        if (store.tenantInfoCountByTenantId(id) > 0) return false;
        store.insertTenantInfoAtomic(OWNER, id, name, description, "nacos", System.currentTimeMillis());
        return true;
    }
}
