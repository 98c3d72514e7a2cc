package dev.ballast.im.message;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.springframework.amqp.AmqpException;
import org.springframework.amqp.rabbit.connection.CorrelationData;
import org.springframework.amqp.rabbit.core.RabbitTemplate;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.stereotype.Component;

/** Notifications. */
@Component
@ConditionalOnProperty("spring.rabbitmq.addresses")
class RabbitMq implements Broker {
  private final RabbitTemplate rabbit;

  RabbitMq(RabbitTemplate rabbit) {
    this.rabbit = rabbit;
  }

  @Override
  public String name() {
    return "rabbitmq";
  }

  @Override
  public void send(List<Letter> letters) throws Exception {
    for (CorrelationData sent : letters.stream().map(this::publish).toList()) {
      boolean taken = sent.getFuture().get(5, TimeUnit.SECONDS).isAck();
      // What no queue takes is confirmed, too.
      if (!taken || sent.getReturned() != null) throw new AmqpException("not taken");
    }
  }

  private CorrelationData publish(Letter letter) {
    var sent = new CorrelationData(letter.id());
    rabbit.convertAndSend(
        "",
        "messages",
        letter.json(),
        message -> {
          message.getMessageProperties().setMessageId(letter.id());
          return message;
        },
        sent);
    return sent;
  }
}
