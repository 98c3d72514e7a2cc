package dev.ballast.im;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.dao.DataAccessException;
import org.springframework.http.HttpStatus;
import org.springframework.transaction.TransactionException;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.ResponseStatus;
import org.springframework.web.bind.annotation.RestControllerAdvice;

/** A store that is not there is for the caller to try again: 503, and one line in the log. */
@RestControllerAdvice
public class Unavailable {
  private static final Logger log = LoggerFactory.getLogger(Unavailable.class);

  @ExceptionHandler({DataAccessException.class, TransactionException.class})
  @ResponseStatus(HttpStatus.SERVICE_UNAVAILABLE)
  void unavailable(RuntimeException error) {
    Throwable cause = error;
    while (cause.getCause() != null) cause = cause.getCause();
    log.warn("answered 503: {}", cause.toString());
  }
}
