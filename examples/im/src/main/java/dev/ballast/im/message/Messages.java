package dev.ballast.im.message;

import jakarta.validation.Valid;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.springframework.http.HttpStatus;
import org.springframework.jdbc.core.simple.JdbcClient;
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

  Messages(JdbcClient database) {
    this.database = database;
  }

  /** Answers when MySQL has committed, and not before. A key that is known already is the same message, sent again. */
  @PostMapping
  @ResponseStatus(HttpStatus.CREATED)
  Map<String, String> post(
      @RequestHeader("Idempotency-Key") UUID key, @Valid @RequestBody Draft draft) {
    database
        .sql(
            "INSERT INTO message (id, sender, recipient, text) VALUES (?, ?, ?, ?) ON DUPLICATE KEY UPDATE id = id")
        .params(key.toString(), draft.from(), draft.to(), draft.text())
        .update();
    return Map.of("id", key.toString());
  }

  /** What somebody was sent, in order; the next page begins after the last number of this one. */
  @GetMapping
  List<Sent> list(@RequestParam String to, @RequestParam(defaultValue = "0") long after) {
    return database
        .sql(
            "SELECT seq, id, sender AS `from`, recipient AS `to`, text FROM message WHERE recipient = ? AND seq > ? ORDER BY seq LIMIT 1000")
        .params(to, after)
        .query(Sent.class)
        .list();
  }
}
