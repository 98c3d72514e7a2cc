package dev.ballast.eureka;

import com.netflix.discovery.EurekaClientConfig;
import com.netflix.discovery.Jersey3DiscoveryClientOptionalArgs;
import com.netflix.eureka.registry.PeerAwareInstanceRegistry;
import com.netflix.eureka.registry.PeerAwareInstanceRegistryImpl;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.MeterBinder;
import jakarta.servlet.DispatcherType;
import jakarta.ws.rs.client.ClientRequestFilter;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.springframework.beans.factory.annotation.Value;
import org.springframework.boot.SpringApplication;
import org.springframework.boot.autoconfigure.SpringBootApplication;
import org.springframework.cloud.netflix.eureka.EurekaClientConfigBean;
import org.springframework.cloud.netflix.eureka.server.EnableEurekaServer;
import org.springframework.cloud.netflix.eureka.server.ReplicationClientAdditionalFilters;
import org.springframework.context.annotation.Bean;
import org.springframework.security.config.Customizer;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.config.http.SessionCreationPolicy;
import org.springframework.security.web.SecurityFilterChain;

/** Spring Cloud's Eureka server, for pods: peers from DNS, a password from a mounted file, readiness by the peers' registry. */
@SpringBootApplication
@EnableEurekaServer
public class EurekaServer {

  public static void main(String[] args) {
    var server = new SpringApplication(EurekaServer.class);
    String version = EnableEurekaServer.class.getPackage().getImplementationVersion();
    server.setDefaultProperties(Map.of("eureka.instance.metadata-map.version", version));
    server.run(args);
  }

  @Bean
  Password password(@Value("${ballast.password-file:}") String file) {
    return new Password(file.isEmpty() ? null : Path.of(file));
  }

  @Bean
  Peers peers(
      @Value("${ballast.peers:}") String all,
      @Value("${ballast.ready-peers:}") String ready,
      @Value("${eureka.instance.hostname}") String self) {
    return new Peers(all, ready, self);
  }

  /** Probes and Prometheus come without a password; everybody else has one, where there is one. */
  @Bean
  SecurityFilterChain security(HttpSecurity http, Password password) throws Exception {
    http.csrf(csrf -> csrf.disable())
        .sessionManagement(session -> session.sessionCreationPolicy(SessionCreationPolicy.STATELESS));
    if (!password.required()) return http.authorizeHttpRequests(all -> all.anyRequest().permitAll()).build();
    return http.httpBasic(Customizer.withDefaults())
        .authenticationProvider(password)
        .authorizeHttpRequests(
            requests ->
                requests
                    // Where a request failed already: or a heartbeat that nobody knows is told 401 for 404, and its instance does not register anew.
                    .dispatcherTypeMatchers(DispatcherType.ERROR)
                    .permitAll()
                    .requestMatchers("/livez", "/readyz", "/metrics")
                    .permitAll()
                    .anyRequest()
                    .authenticated())
        .build();
  }

  /** For the registry's copies to peers. A URL with a password in it would end up in the log and on the dashboard. */
  @Bean
  ReplicationClientAdditionalFilters replication(Password password) {
    return new ReplicationClientAdditionalFilters(authorization(password));
  }

  /** For the registration of the server itself. */
  @Bean
  Jersey3DiscoveryClientOptionalArgs registration(Password password) {
    var args = new Jersey3DiscoveryClientOptionalArgs();
    args.setAdditionalFilters(authorization(password));
    return args;
  }

  private static Set<ClientRequestFilter> authorization(Password password) {
    return Set.of(
        request -> password.authorization().ifPresent(value -> request.getHeaders().putSingle("Authorization", value)));
  }

  /** The servers that this one copies to, and registers with, are those that DNS knows now. */
  @Bean
  EurekaClientConfig eurekaClientConfig(Peers peers) {
    return new EurekaClientConfigBean() {
      @Override
      public List<String> getEurekaServerServiceUrls(String zone) {
        return peers.urls();
      }
    };
  }

  @Bean
  MeterBinder registryMetrics(PeerAwareInstanceRegistry bean, Peers peers) {
    var registry = (PeerAwareInstanceRegistryImpl) bean;
    return meters -> {
      ToDoubleFunction<PeerAwareInstanceRegistryImpl> protecting =
          r -> r.isSelfPreservationModeEnabled() && !r.isLeaseExpirationEnabled() ? 1 : 0;
      Gauge.builder("eureka.registry.instances", registry, r -> r.getLocalRegistrySize())
          .description("Instances in this server's registry")
          .register(meters);
      Gauge.builder("eureka.renewals.last.minute", registry, r -> r.getNumOfRenewsInLastMin())
          .description("Heartbeats in the last minute, peers' copies included")
          .register(meters);
      Gauge.builder("eureka.renewals.threshold", registry, r -> r.getNumOfRenewsPerMinThreshold())
          .description("Heartbeats a minute below which nothing expires")
          .register(meters);
      Gauge.builder("eureka.self.preservation", registry, protecting)
          .description("1 while too few heartbeats come in for leases to expire")
          .register(meters);
      Gauge.builder("eureka.peers", peers, p -> p.others().size())
          .description("Other servers that DNS knows")
          .register(meters);
    };
  }
}
