package dev.ballast.im.message;

import jakarta.validation.Valid;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.beans.factory.ObjectProvider;
import org.springframework.core.env.Environment;
import org.springframework.dao.DuplicateKeyException;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.transaction.annotation.Transactional;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestHeader;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/messages")
class Messages {
  private final JdbcClient database;
  private final ObjectProvider<Broker> brokers;
  private final Environment settings;

  Messages(JdbcClient database, ObjectProvider<Broker> brokers, Environment settings) {
    this.database = database;
    this.brokers = brokers;
    this.settings = settings;
  }

  /**
   * Answers when MySQL has committed the message and what is to be sent of it, and not before. A key that is known already is the same message,
   * sent again.
   */
  @PostMapping
  @ResponseStatus(HttpStatus.CREATED)
  @Transactional
  Map<String, String> post(
      @RequestHeader("Idempotency-Key") UUID key, @Valid @RequestBody Draft draft) {
    try {
      database
          .sql("INSERT INTO message (id, sender, recipient, text) VALUES (?, ?, ?, ?)")
          .params(key.toString(), draft.from(), draft.to(), draft.text())
          .update();
      for (Broker broker : brokers)
        database.sql("INSERT INTO outbox (broker, seq) VALUES (?, LAST_INSERT_ID())").param(broker.name()).update();
    } catch (DuplicateKeyException known) {
      // It was committed with its rows of the outbox.
    }
    return Map.of("id", key.toString());
  }

  /** What somebody was sent, in order; the next page begins after the last number of this one. */
  @GetMapping
  List<Sent> list(@RequestParam String to, @RequestParam(defaultValue = "0") long after) {
    return database
        .sql(
            "SELECT seq, id, sender AS `from`, recipient AS `to`, text FROM message WHERE recipient = ? AND seq > ? ORDER BY seq LIMIT ?")
        .params(to, after, settings.getRequiredProperty("im.page", Integer.class))
        .query(Sent.class)
        .list();
  }
}
