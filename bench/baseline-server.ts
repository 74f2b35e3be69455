/**
 * The baseline server: a bare Fastify route with JSON request and response, without schema, hooks and database.
 *
 * It gets the same request bytes as the gateway and sends a response of the same size, in a separate process. So the
 * difference is Pesarail's own cost, beyond HTTP and JSON. It prints its address as one JSON line and exits when its
 * standard input ends, so it exits with its parent process.
 */
import { randomBytes } from "node:crypto";
import Fastify from "fastify";

interface Body {
  input_ThirdPartyConversationID: string;
}

const app = Fastify();

app.post<{ Body: Body }>("/pay", (request, reply) =>
  reply.code(201).send({
    output_ResponseCode: "INS-0",
    output_ResponseDesc: "Request processed successfully",
    output_TransactionID: randomBytes(6).toString("hex"),
    output_ConversationID: randomBytes(16).toString("hex"),
    output_ThirdPartyConversationID: request.body.input_ThirdPartyConversationID,
  }),
);

const address = await app.listen({ port: 0, host: "127.0.0.1" });
process.stdout.write(`${JSON.stringify({ url: `${address}/pay` })}\n`);
process.stdin.on("end", () => process.exit()).resume();
