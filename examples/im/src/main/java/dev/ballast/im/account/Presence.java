package dev.ballast.im.account;

import java.time.Duration;
import org.springframework.dao.DataAccessException;
import org.springframework.data.redis.core.StringRedisTemplate;
import org.springframework.stereotype.Component;

/** Who was seen of late. It may be lost, so its loss stops nothing else. */
@Component
class Presence {
  private static final Duration LATELY = Duration.ofMinutes(1);
  private final StringRedisTemplate redis;

  Presence(StringRedisTemplate redis) {
    this.redis = redis;
  }

  void seen(String name) {
    redis.opsForValue().set(key(name), "online", LATELY);
  }

  String of(String name) {
    try {
      return redis.opsForValue().get(key(name)) == null ? "offline" : "online";
    } catch (DataAccessException unreachable) {
      return "unknown";
    }
  }

  private static String key(String name) {
    return "presence:" + name;
  }
}
