package dev.ballast.eureka;

import java.util.ArrayList;
import java.util.Hashtable;
import java.util.List;
import javax.naming.Context;
import javax.naming.NameNotFoundException;
import javax.naming.NamingEnumeration;
import javax.naming.NamingException;
import javax.naming.directory.Attribute;
import javax.naming.directory.InitialDirContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The other servers by their stable names, from the SRV records of headless Services: so a StatefulSet that is scaled needs no restart. Without such
 * Services this server is alone.
 */
class Peers {

  private static final Logger log = LoggerFactory.getLogger(Peers.class);

  private final String all;
  private final String ready;
  private final String self;
  private List<String> lastKnown = List.of();

  /**
   * @param all SRV name of the Service that has every server; empty where there is none
   * @param ready SRV name of the Service that has the ready ones
   * @param self this server's host name as those records have it
   */
  Peers(String all, String ready, String self) {
    this.all = all;
    this.ready = ready;
    this.self = self;
  }

  boolean alone() {
    return all.isEmpty();
  }

  /** Hosts of the other servers, ready or not: the last known ones while DNS is silent. */
  synchronized List<String> others() {
    if (alone()) return lastKnown;
    try {
      List<String> now = lookUp(all);
      if (!now.equals(lastKnown)) log.info("Peers: {}", now);
      lastKnown = now;
    } catch (NamingException e) {
      log.warn("DNS does not say who the peers are ({}): going on with {}", e.getMessage(), lastKnown);
    }
    return lastKnown;
  }

  /** Hosts of the other servers that Kubernetes takes for ready. */
  List<String> readyOthers() throws NamingException {
    return alone() ? List.of() : lookUp(ready);
  }

  /** Where a client of this server's own finds a registry: here first, then at the others. */
  List<String> urls() {
    List<String> urls = new ArrayList<>();
    urls.add(url(self));
    others().forEach(host -> urls.add(url(host)));
    return urls;
  }

  static String url(String host) {
    return "http://" + host + ":8761/eureka/";
  }

  private List<String> lookUp(String name) throws NamingException {
    Hashtable<String, String> settings = new Hashtable<>();
    settings.put(Context.INITIAL_CONTEXT_FACTORY, "com.sun.jndi.dns.DnsContextFactory");
    settings.put("com.sun.jndi.dns.timeout.initial", "1000");
    settings.put("com.sun.jndi.dns.timeout.retries", "2");
    InitialDirContext dns = new InitialDirContext(settings);
    try {
      Attribute records = dns.getAttributes(name, new String[] {"SRV"}).get("SRV");
      List<String> hosts = new ArrayList<>();
      if (records == null) return hosts;
      for (NamingEnumeration<?> each = records.getAll(); each.hasMore(); ) {
        // Priority, weight, port, host.
        String host = each.next().toString().split(" ")[3].replaceAll("\\.$", "");
        if (!host.equals(self)) hosts.add(host);
      }
      hosts.sort(null);
      return hosts;
    } catch (NameNotFoundException nobody) {
      return List.of();
    } finally {
      dns.close();
    }
  }
}
