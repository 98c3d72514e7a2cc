package dev.ballast.eureka;

import com.netflix.appinfo.ApplicationInfoManager;
import com.netflix.appinfo.InstanceInfo;
import com.netflix.discovery.shared.Application;
import com.netflix.discovery.shared.Applications;
import com.netflix.eureka.registry.PeerAwareInstanceRegistry;
import com.netflix.eureka.registry.PeerAwareInstanceRegistryImpl;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import javax.naming.NamingException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.boot.health.contributor.Health;
import org.springframework.boot.health.contributor.HealthIndicator;
import org.springframework.cloud.netflix.eureka.server.EurekaServerAutoConfiguration;
import org.springframework.cloud.netflix.eureka.server.event.EurekaServerStartedEvent;
import org.springframework.context.event.EventListener;
import org.springframework.stereotype.Component;

/**
 * Ready once this server has the registry of a peer that is ready, or Kubernetes knows none: an empty registry would take every instance from whoever asks
 * here. What peers take in after that they copy here.
 */
@Component("registry")
class Readiness implements HealthIndicator {

  private static final Logger log = LoggerFactory.getLogger(Readiness.class);
  /** Until then a peer may not know of this server, and copy nothing here: DNS remembers for 5 s, and peers ask it every 2. */
  private static final Duration KNOWN_TO_PEERS = Duration.ofSeconds(8);

  private final Peers peers;
  private final Password password;
  private final PeerAwareInstanceRegistryImpl registry;
  private final ApplicationInfoManager self;
  private final HttpClient http = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(2)).build();
  private volatile String waiting = "the server starts";

  Readiness(
      Peers peers, Password password, PeerAwareInstanceRegistry registry, ApplicationInfoManager self) {
    this.peers = peers;
    this.password = password;
    this.registry = (PeerAwareInstanceRegistryImpl) registry;
    this.self = self;
  }

  @Override
  public Health health() {
    return waiting.isEmpty() ? Health.up().build() : Health.outOfService().withDetail("waiting", waiting).build();
  }

  @EventListener
  void started(EurekaServerStartedEvent event) throws InterruptedException {
    String said = "";
    for (; !(waiting = lack()).isEmpty(); Thread.sleep(1000)) {
      if (!waiting.equals(said)) log.info("Not ready: {}", waiting);
      said = waiting;
    }
    expectWhatIsThere();
  }

  /**
   * Upstream counts an instance that is not there, so as to begin with one: where there are five and fewer, their heartbeats are then too few for ever, and
   * nothing expires.
   */
  private void expectWhatIsThere() throws InterruptedException {
    while (registry.getLocalRegistrySize() == 0) Thread.sleep(500);
    registry.openForTraffic(self, (int) registry.getLocalRegistrySize());
  }

  /** Takes over a peer's registry. Says why that is not done yet; nothing when it is, or when there is none to have. */
  private String lack() throws InterruptedException {
    List<String> ready;
    try {
      ready = peers.readyOthers();
    } catch (NamingException e) {
      return "DNS does not say which peers are ready (" + e.getMessage() + ")";
    }
    if (ready.isEmpty()) {
      if (!peers.alone()) log.info("No peer is ready: this server begins with what registers here");
      return "";
    }
    long up = ManagementFactory.getRuntimeMXBean().getUptime();
    if (up < KNOWN_TO_PEERS.toMillis()) return "peers may not know of this server yet";
    String why = "";
    for (String peer : ready) {
      try {
        int count = takeOver(peer);
        log.info("Took over {} instances from {}", count, peer);
        return "";
      } catch (IOException e) {
        why = peer + " is ready and gives no registry (" + e + ")";
      }
    }
    return why;
  }

  private int takeOver(String peer) throws IOException, InterruptedException {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(Peers.url(peer) + "apps"))
            .timeout(Duration.ofSeconds(10))
            .header("Accept", "application/json");
    password.authorization().ifPresent(value -> request.header("Authorization", value));
    HttpResponse<String> answer = http.send(request.build(), HttpResponse.BodyHandlers.ofString());
    if (answer.statusCode() != 200) throw new IOException("HTTP " + answer.statusCode());
    Applications all = EurekaServerAutoConfiguration.JACKSON_JSON.decode(answer.body(), Applications.class);
    int count = 0;
    for (Application application : all.getRegisteredApplications()) {
      for (InstanceInfo instance : application.getInstances()) {
        registry.register(instance, instance.getLeaseInfo().getDurationInSecs(), true);
        count++;
      }
    }
    return count;
  }
}
