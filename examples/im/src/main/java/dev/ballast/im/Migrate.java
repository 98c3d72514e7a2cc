package dev.ballast.im;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.DriverManager;
import java.sql.SQLException;

/** Makes the tables: what `migrate` of the values runs before pods of a new version start. */
public final class Migrate {
  private Migrate() {}

  public static void main(String[] args) throws IOException {
    var env = System.getenv();
    try (var schema = Migrate.class.getResourceAsStream("/schema.sql");
        var connection =
            DriverManager.getConnection(
                env.get("MYSQL_JDBC_URL"), env.get("MYSQL_USERNAME"), env.get("MYSQL_PASSWORD"));
        var statement = connection.createStatement()) {
      for (String sql : new String(schema.readAllBytes(), StandardCharsets.UTF_8).split(";\\s*\n")) {
        if (!sql.isBlank()) statement.execute(sql);
      }
      System.out.println("the tables are there");
    } catch (SQLException error) {
      System.err.println("the tables could not be made: " + error.getMessage().lines().findFirst().orElse(""));
      System.exit(1);
    }
  }
}
