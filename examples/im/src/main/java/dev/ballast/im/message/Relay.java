package dev.ballast.im.message;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.ballast.im.message.Broker.Letter;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.context.annotation.Configuration;
import org.springframework.jdbc.core.DataClassRowMapper;
import org.springframework.jdbc.core.JdbcTemplate;
import org.springframework.scheduling.annotation.EnableScheduling;
import org.springframework.scheduling.annotation.SchedulingConfigurer;
import org.springframework.scheduling.config.ScheduledTaskRegistrar;
import org.springframework.transaction.PlatformTransactionManager;
import org.springframework.transaction.TransactionDefinition;
import org.springframework.transaction.support.TransactionTemplate;

/**
 * Takes messages from the outbox to the brokers, to each by itself. One leaves the outbox when its broker has confirmed it: whatever ends before
 * that, it is sent again.
 */
@Configuration(proxyBeanMethods = false)
@EnableScheduling
class Relay implements SchedulingConfigurer {
  private static final Logger log = LoggerFactory.getLogger(Relay.class);

  private final ObjectProvider<Broker> brokers;
  private final JdbcTemplate jdbc;
  private final ObjectMapper mapper;
  private final TransactionTemplate transaction;

  Relay(ObjectProvider<Broker> brokers, JdbcTemplate jdbc, ObjectMapper mapper, PlatformTransactionManager transactions) {
    this.brokers = brokers;
    this.jdbc = jdbc;
    this.mapper = mapper;
    this.transaction = new TransactionTemplate(transactions);
    // Otherwise the rows' locks hold up what is posted meanwhile, because it goes into the gap behind them.
    this.transaction.setIsolationLevel(TransactionDefinition.ISOLATION_READ_COMMITTED);
  }

  @Override
  public void configureTasks(ScheduledTaskRegistrar tasks) {
    for (Broker broker : brokers) tasks.addFixedDelayTask(() -> empty(broker), Duration.ofMillis(500));
  }

  private void empty(Broker broker) {
    try {
      while (transaction.execute(status -> sendSome(broker))) {}
    } catch (RuntimeException error) {
      Throwable cause = error;
      while (cause.getCause() != null) cause = cause.getCause();
      log.warn("nothing goes to {}: {}", broker.name(), cause.toString());
    }
  }

  /** Whether there was any. What another pod is sending is locked, and left to it. */
  private boolean sendSome(Broker broker) {
    List<Sent> messages =
        jdbc.query(
            "SELECT seq, id, sender AS `from`, recipient AS `to`, text FROM outbox JOIN message USING (seq) WHERE broker = ?"
                + " ORDER BY seq LIMIT 100 FOR UPDATE OF outbox SKIP LOCKED",
            new DataClassRowMapper<>(Sent.class),
            broker.name());
    if (messages.isEmpty()) return false;
    try {
      broker.send(messages.stream().map(this::letter).toList());
    } catch (Exception error) {
      throw new IllegalStateException(error);
    }
    // One by one: to find many at once, MySQL reads the whole table, and locks what is another broker's.
    jdbc.batchUpdate(
        "DELETE FROM outbox WHERE broker = ? AND seq = ?",
        messages.stream().map(message -> new Object[] {broker.name(), message.seq()}).toList());
    return true;
  }

  private Letter letter(Sent message) {
    try {
      return new Letter(message.id(), mapper.writeValueAsString(message));
    } catch (JsonProcessingException error) {
      throw new IllegalStateException(error);
    }
  }
}
