package dev.ballast.im.message;

import java.util.List;

/** What passes messages on. A service has those that its values name under `uses`. */
interface Broker {
  /** A message as it goes over the wire. */
  record Letter(String id, String json) {}

  String name();

  /** Returns when the broker has confirmed all of them. Those that it has already may come again. */
  void send(List<Letter> letters) throws Exception;
}
