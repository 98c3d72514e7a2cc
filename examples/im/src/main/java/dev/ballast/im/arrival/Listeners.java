package dev.ballast.im.arrival;

import org.apache.rocketmq.client.consumer.DefaultMQPushConsumer;
import org.apache.rocketmq.common.consumer.ConsumeFromWhere;
import org.apache.rocketmq.common.message.MessageExt;
import org.apache.rocketmq.spring.annotation.RocketMQMessageListener;
import org.apache.rocketmq.spring.core.RocketMQListener;
import org.apache.rocketmq.spring.core.RocketMQPushConsumerLifecycleListener;
import org.springframework.amqp.rabbit.annotation.RabbitListener;
import org.springframework.amqp.support.AmqpHeaders;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.kafka.annotation.KafkaListener;
import org.springframework.kafka.support.KafkaHeaders;
import org.springframework.messaging.handler.annotation.Header;
import org.springframework.stereotype.Component;

/** One for each broker that `uses` names. A message is confirmed to the broker when its listener returns. */
final class Listeners {
  private Listeners() {}

  @Component
  @ConditionalOnProperty("spring.kafka.bootstrap-servers")
  record Kafka(Arrivals arrivals) {
    @KafkaListener(topics = "messages", groupId = "arrival")
    void arrived(@Header(KafkaHeaders.RECEIVED_KEY) String id) {
      arrivals.note("kafka", id);
    }
  }

  @Component
  @ConditionalOnProperty("spring.rabbitmq.addresses")
  record RabbitMq(Arrivals arrivals) {
    @RabbitListener(queues = "messages")
    void arrived(@Header(AmqpHeaders.MESSAGE_ID) String id) {
      arrivals.note("rabbitmq", id);
    }
  }

  @Component
  @ConditionalOnProperty("rocketmq.name-server")
  @RocketMQMessageListener(topic = "messages", consumerGroup = "arrival")
  record RocketMq(Arrivals arrivals) implements RocketMQListener<MessageExt>, RocketMQPushConsumerLifecycleListener {
    @Override
    public void onMessage(MessageExt message) {
      arrivals.note("rocketmq", message.getKeys());
    }

    @Override
    public void prepareStart(DefaultMQPushConsumer consumer) {
      consumer.setConsumeFromWhere(ConsumeFromWhere.CONSUME_FROM_FIRST_OFFSET);
    }
  }
}
