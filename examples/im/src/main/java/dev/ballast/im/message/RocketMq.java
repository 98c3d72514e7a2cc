package dev.ballast.im.message;

import java.util.List;
import org.apache.rocketmq.client.producer.SendStatus;
import org.apache.rocketmq.spring.core.RocketMQTemplate;
import org.apache.rocketmq.spring.support.RocketMQHeaders;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.messaging.MessagingException;
import org.springframework.messaging.support.MessageBuilder;
import org.springframework.stereotype.Component;

/** Delivery to those that are there. */
@Component
@ConditionalOnProperty("rocketmq.name-server")
class RocketMq implements Broker {
  private final RocketMQTemplate rocket;

  RocketMq(RocketMQTemplate rocket) {
    this.rocket = rocket;
  }

  @Override
  public String name() {
    return "rocketmq";
  }

  @Override
  public void send(List<Letter> letters) {
    var messages =
        letters.stream()
            .map(letter -> MessageBuilder.withPayload(letter.json()).setHeader(RocketMQHeaders.KEYS, letter.id()).build())
            .toList();
    SendStatus status = rocket.syncSend("messages", messages).getSendStatus();
    if (status != SendStatus.SEND_OK) throw new MessagingException(status.name());
  }
}
