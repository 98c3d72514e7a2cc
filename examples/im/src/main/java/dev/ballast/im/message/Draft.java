package dev.ballast.im.message;

import jakarta.validation.constraints.NotNull;
import jakarta.validation.constraints.Pattern;
import jakarta.validation.constraints.Size;

/** A message as it is posted. */
record Draft(
    @NotNull @Pattern(regexp = "[a-z0-9._-]{1,64}") String from,
    @NotNull @Pattern(regexp = "[a-z0-9._-]{1,64}") String to,
    @NotNull @Size(min = 1, max = 4000) String text) {}
