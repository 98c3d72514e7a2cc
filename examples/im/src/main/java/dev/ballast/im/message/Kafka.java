package dev.ballast.im.message;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.springframework.boot.autoconfigure.condition.ConditionalOnProperty;
import org.springframework.kafka.core.KafkaTemplate;
import org.springframework.stereotype.Component;

/** The stream of all messages. */
@Component
@ConditionalOnProperty("spring.kafka.bootstrap-servers")
class Kafka implements Broker {
  private final KafkaTemplate<String, String> kafka;

  Kafka(KafkaTemplate<String, String> kafka) {
    this.kafka = kafka;
  }

  @Override
  public String name() {
    return "kafka";
  }

  @Override
  public void send(List<Letter> letters) throws Exception {
    var sent = letters.stream().map(letter -> kafka.send("messages", letter.id(), letter.json()));
    CompletableFuture.allOf(sent.toArray(CompletableFuture[]::new)).get(10, TimeUnit.SECONDS);
  }
}
