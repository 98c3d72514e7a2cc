package dev.ballast.im.message;

import dev.ballast.im.Unavailable;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.builder.SpringApplicationBuilder;
import org.springframework.context.annotation.Import;

/** Keeps messages in MySQL, and sends them on from there. */
@SpringBootApplication
@Import(Unavailable.class)
public class Message {
  public static void main(String[] args) {
    new SpringApplicationBuilder(Message.class)
        .properties("spring.application.name=message")
        .run(args);
  }
}
