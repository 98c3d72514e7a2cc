package dev.ballast.im.gateway;

import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.boot.autoconfigure.jdbc.DataSourceAutoConfiguration;
import org.springframework.boot.builder.SpringApplicationBuilder;

/** What stands at the Ingress: it has no state, and leads to the other two. */
@SpringBootApplication(exclude = DataSourceAutoConfiguration.class)
public class Gateway {
  public static void main(String[] args) {
    new SpringApplicationBuilder(Gateway.class)
        .properties("spring.application.name=gateway")
        .run(args);
  }
}
