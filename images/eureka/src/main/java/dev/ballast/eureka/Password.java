package dev.ballast.eureka;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.springframework.security.authentication.AuthenticationProvider;
import org.springframework.security.authentication.BadCredentialsException;
import org.springframework.security.authentication.UsernamePasswordAuthenticationToken;
import org.springframework.security.core.Authentication;

/**
 * The one account's password, as the mounted file has it now. Kubelets bring a changed Secret to their pods within two minutes, each when it likes:
 * until then a server says the former password to its peers, and takes both.
 */
class Password implements AuthenticationProvider {

  static final String USER = "eureka";
  private static final Duration UNTIL_ALL_HAVE_IT = Duration.ofMinutes(3);

  private final Path file;
  private String current;
  private String former;
  private Instant changed = Instant.MIN;

  /** @param file null where no password is asked for */
  Password(Path file) {
    this.file = file;
    if (file == null) return;
    try {
      current = Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException("the password's file can't be read", e);
    }
  }

  boolean required() {
    return file != null;
  }

  /** The header's value for a request to a peer; empty where no password is asked for. */
  Optional<String> authorization() {
    if (file == null) return Optional.empty();
    List<String> taken = taken();
    String pair = USER + ":" + taken.get(taken.size() - 1);
    return Optional.of("Basic " + Base64.getEncoder().encodeToString(pair.getBytes(StandardCharsets.UTF_8)));
  }

  /** The current password, and the former one while that counts. */
  private synchronized List<String> taken() {
    String now = read();
    if (!now.equals(current)) {
      former = current;
      current = now;
      changed = Instant.now();
    }
    boolean both = former != null && Instant.now().isBefore(changed.plus(UNTIL_ALL_HAVE_IT));
    return both ? List.of(current, former) : List.of(current);
  }

  /** While kubelet replaces the mounted directory, the file may be away: the password that is known goes on to count. */
  private String read() {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return current;
    }
  }

  @Override
  public Authentication authenticate(Authentication login) {
    byte[] said = String.valueOf(login.getCredentials()).getBytes(StandardCharsets.UTF_8);
    boolean right =
        taken().stream().anyMatch(known -> MessageDigest.isEqual(known.getBytes(StandardCharsets.UTF_8), said));
    if (!right || !USER.equals(login.getName())) throw new BadCredentialsException("wrong user or password");
    return UsernamePasswordAuthenticationToken.authenticated(USER, null, List.of());
  }

  @Override
  public boolean supports(Class<?> kind) {
    return UsernamePasswordAuthenticationToken.class.isAssignableFrom(kind);
  }
}
