/**
 * The yardstick: a bare Fastify route, JSON in and JSON out, with no schema, no hook and no database.
 *
 * It gets the same bytes as the gateway and answers with as many, in a process of its own, so the
 * distance between the two is what Pesarail costs above HTTP and JSON. It prints its address as one
 * JSON line and ends when its standard input does, so it cannot outlive whoever started it.
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
