package dev.ballast.im.gateway;

import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.cloud.client.ServiceInstance;
import org.springframework.cloud.client.discovery.DiscoveryClient;
import org.springframework.http.HttpHeaders;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.RequestBody;
import org.springframework.web.bind.annotation.RequestMapping;
import org.springframework.web.bind.annotation.RestController;

/**
 * Leads each request to an instance of its service, and to another one where that does not answer. A write may so be made twice, which is
 * why each has a key by which the service knows it again.
 */
@RestController
class Forwarder {
  static final String KEY = "Idempotency-Key";
  private static final int ATTEMPTS = 3;
  private static final Logger log = LoggerFactory.getLogger(Forwarder.class);

  private final DiscoveryClient registry;
  /** What was last heard of each service: a registry that starts anew knows of none for a while. */
  private final Map<String, List<ServiceInstance>> heard = new ConcurrentHashMap<>();
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(Duration.ofSeconds(1)).build();

  Forwarder(DiscoveryClient registry) {
    this.registry = registry;
  }

  @RequestMapping({"/accounts", "/accounts/**"})
  ResponseEntity<byte[]> account(HttpServletRequest request, @RequestBody(required = false) byte[] body)
      throws InterruptedException {
    return forward("account", request, body);
  }

  @RequestMapping({"/messages", "/messages/**"})
  ResponseEntity<byte[]> message(HttpServletRequest request, @RequestBody(required = false) byte[] body)
      throws InterruptedException {
    return forward("message", request, body);
  }

  @RequestMapping("/arrivals")
  ResponseEntity<byte[]> arrival(HttpServletRequest request, @RequestBody(required = false) byte[] body)
      throws InterruptedException {
    return forward("arrival", request, body);
  }

  private ResponseEntity<byte[]> forward(String service, HttpServletRequest request, byte[] body)
      throws InterruptedException {
    String query = request.getQueryString();
    String target = request.getRequestURI() + (query == null ? "" : "?" + query);
    String given = request.getHeader(KEY);
    String key = given == null ? UUID.randomUUID().toString() : given;
    List<ServiceInstance> instances = instancesOf(service);
    String why = "no instance is known";
    for (int attempt = 0; attempt < ATTEMPTS && !instances.isEmpty(); attempt++) {
      URI uri = URI.create(instances.get(attempt % instances.size()).getUri() + target);
      var asked =
          HttpRequest.newBuilder(uri)
              .timeout(Duration.ofSeconds(6))
              .header(KEY, key)
              .method(request.getMethod(), body == null ? BodyPublishers.noBody() : BodyPublishers.ofByteArray(body));
      String type = request.getContentType();
      if (type != null) asked.header(HttpHeaders.CONTENT_TYPE, type);
      try {
        HttpResponse<byte[]> answer = client.send(asked.build(), BodyHandlers.ofByteArray());
        if (answer.statusCode() != 503) return passedOn(answer);
        why = "it answers 503";
      } catch (IOException error) {
        why = error.toString();
      }
    }
    log.warn("{} {}: {} does not answer ({})", request.getMethod(), target, service, why);
    return ResponseEntity.status(503).header(HttpHeaders.RETRY_AFTER, "1").build();
  }

  /** In an order of chance. */
  private List<ServiceInstance> instancesOf(String service) {
    List<ServiceInstance> now = registry.getInstances(service);
    if (!now.isEmpty()) heard.put(service, now);
    List<ServiceInstance> instances = new ArrayList<>(heard.getOrDefault(service, List.of()));
    Collections.shuffle(instances);
    return instances;
  }

  private static ResponseEntity<byte[]> passedOn(HttpResponse<byte[]> answer) {
    var made = ResponseEntity.status(answer.statusCode());
    answer.headers().firstValue(HttpHeaders.CONTENT_TYPE).ifPresent(type -> made.header(HttpHeaders.CONTENT_TYPE, type));
    return made.body(answer.body());
  }
}
