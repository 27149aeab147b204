package prelector;

import ca.uhn.hl7v2.DefaultHapiContext;
import ca.uhn.hl7v2.HapiContext;
import ca.uhn.hl7v2.app.Connection;
import ca.uhn.hl7v2.model.Message;
import ca.uhn.hl7v2.util.Terser;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/**
 * HAPI as the other side: reads our messages with its default validation, sends them to our listener and reads the
 * acknowledgements. Arguments: folder of messages, port.
 */
public final class Peer {
  private Peer() {}

  public static void main(String[] arguments) throws Exception {
    Path folder = Path.of(arguments[0]);
    int port = Integer.parseInt(arguments[1]);
    List<Path> files;
    try (var entries = Files.list(folder)) {
      files = entries.filter(path -> path.toString().endsWith(".hl7")).sorted().collect(Collectors.toList());
    }
    require(files.size() == 4, "four messages");
    try (HapiContext context = new DefaultHapiContext()) {
      context.getLowerLayerProtocol();
      Connection connection = context.newClient("127.0.0.1", port, false);
      for (Path file : files) {
        Message message = context.getPipeParser().parse(Files.readString(file, StandardCharsets.UTF_8));
        checkMessage(new Terser(message), message.getVersion());
        Message answer = connection.getInitiator().sendAndReceive(message);
        checkAnswer(new Terser(message), new Terser(answer));
        System.out.println("HAPI: " + file.getFileName() + " read, sent, acknowledged");
      }
      connection.close();
    }
    System.exit(0);
  }

  private static void checkMessage(Terser message, String version) throws Exception {
    require("Ångström".equals(message.get("/.PID-5-1-1")), "family name: " + message.get("/.PID-5-1-1"));
    require("Zoë & Søn".equals(message.get("/.PID-5-2")), "given name: " + message.get("/.PID-5-2"));
    require("PEER-1".equals(message.get("/.PID-3-1")), "patient id");
    require("HOSPITAL".equals(message.get("/.PID-3-4-1")), "assigning authority");
    require("PLACER-1".equals(message.get("/.OBR-2-1")), "placer order number");
    require("FILLER-1".equals(message.get("/.OBR-3-1")), "filler order number");
    require("CTCHEST".equals(message.get("/.OBR-4-1")), "procedure code");
    require(List.of("2.3.1", "2.5.1").contains(version), "version " + version);
  }

  private static void checkAnswer(Terser message, Terser answer) throws Exception {
    String code = "AL".equals(message.get("/MSH-15")) ? "CA" : "AA";
    require(code.equals(answer.get("/MSA-1")), "MSA-1 " + answer.get("/MSA-1") + ", expected " + code);
    require(message.get("/MSH-10").equals(answer.get("/MSA-2")), "MSA-2");
    require("PRELECTOR".equals(answer.get("/MSH-3-1")), "MSH-3 of the answer");
    require("ACK".equals(answer.get("/MSH-9-1")), "MSH-9 of the answer");
  }

  private static void require(boolean holds, String what) {
    if (holds) return;
    System.err.println("differs: " + what);
    System.exit(1);
  }
}
