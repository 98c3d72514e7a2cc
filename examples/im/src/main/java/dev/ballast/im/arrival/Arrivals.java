package dev.ballast.im.arrival;

import java.util.List;
import org.springframework.dao.DataAccessException;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.retry.support.RetryTemplate;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/arrivals")
class Arrivals {
  /** A message waits here until MySQL takes it: brokers and their clients drop what is given back too often. */
  private final RetryTemplate patiently =
      RetryTemplate.builder().infiniteRetry().fixedBackoff(1000).retryOn(DataAccessException.class).build();

  private final JdbcClient database;

  Arrivals(JdbcClient database) {
    this.database = database;
  }

  /** Brokers may bring the same message again. */
  void note(String broker, String message) {
    patiently.execute(
        attempt ->
            database
                .sql("INSERT INTO arrived (broker, message) VALUES (?, ?) ON DUPLICATE KEY UPDATE message = message")
                .params(broker, message)
                .update());
  }

  /** Which messages came from a broker, in the order of their ids; the next page begins after the last of this one. */
  @GetMapping
  List<String> list(@RequestParam String broker, @RequestParam(defaultValue = "") String after) {
    return database
        .sql("SELECT message FROM arrived WHERE broker = ? AND message > ? ORDER BY message LIMIT 1000")
        .params(broker, after)
        .query(String.class)
        .list();
  }
}
