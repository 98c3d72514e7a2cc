package dev.ballast;

import com.sun.net.httpserver.HttpServer;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** Serves HTTP, and keeps ever more memory from the moment that /fill is asked for. */
public final class Leaky {
  private static final List<byte[]> KEPT = new ArrayList<>();

  private Leaky() {}

  public static void main(String[] args) throws Exception {
    HttpServer server = HttpServer.create(new InetSocketAddress(8080), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(204, -1);
          exchange.close();
          if (exchange.getRequestURI().getPath().equals("/fill")) new Thread(Leaky::fill).start();
        });
    server.start();
  }

  private static void fill() {
    while (true) {
      byte[] block = new byte[1 << 20];
      // Touched, or it would take no memory.
      java.util.Arrays.fill(block, (byte) 1);
      KEPT.add(block);
    }
  }
}
