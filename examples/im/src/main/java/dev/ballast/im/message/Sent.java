package dev.ballast.im.message;

/** A message as it is kept. */
record Sent(long seq, String id, String from, String to, String text) {}
