package dev.ballast.im.account;

import jakarta.validation.constraints.Pattern;
import java.util.Map;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.jdbc.core.simple.JdbcClient;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestController;

@RestController
@RequestMapping("/accounts/{name}")
class Accounts {
  private static final String NAME = "[a-z0-9._-]{1,64}";

  private final JdbcClient database;
  private final Presence presence;

  Accounts(JdbcClient database, Presence presence) {
    this.database = database;
    this.presence = presence;
  }

  @PutMapping
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void make(@PathVariable @Pattern(regexp = NAME) String name) {
    database.sql("INSERT INTO account (name) VALUES (?) ON DUPLICATE KEY UPDATE name = name").param(name).update();
  }

  @GetMapping
  ResponseEntity<Map<String, String>> find(@PathVariable @Pattern(regexp = NAME) String name) {
    return database
        .sql("SELECT name FROM account WHERE name = ?")
        .param(name)
        .query(String.class)
        .optional()
        .map(found -> ResponseEntity.ok(Map.of("name", found, "presence", presence.of(found))))
        .orElseGet(() -> ResponseEntity.notFound().build());
  }

  @PutMapping("/presence")
  @ResponseStatus(HttpStatus.NO_CONTENT)
  void seen(@PathVariable @Pattern(regexp = NAME) String name) {
    presence.seen(name);
  }
}
