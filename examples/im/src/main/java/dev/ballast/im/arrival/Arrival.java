package dev.ballast.im.arrival;

import dev.ballast.im.Unavailable;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Import;

/** At the brokers' other end: keeps in MySQL which message came from which of them. */
@SpringBootApplication
@Import(Unavailable.class)
public class Arrival {
  public static void main(String[] args) {
    new SpringApplicationBuilder(Arrival.class)
        .properties("spring.application.name=arrival")
        .run(args);
  }
}
