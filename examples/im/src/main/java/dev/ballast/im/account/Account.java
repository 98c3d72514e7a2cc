package dev.ballast.im.account;

import dev.ballast.im.Unavailable;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Import;

/** Who there is, in MySQL, and who is there now, in Redis. */
@SpringBootApplication
@Import(Unavailable.class)
public class Account {
  public static void main(String[] args) {
    new SpringApplicationBuilder(Account.class)
        .properties("spring.application.name=account")
        .run(args);
  }
}
