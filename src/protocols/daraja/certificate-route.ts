/** `GET /daraja/certificate.cer`: the certificate that callers encrypt initiators' passwords with. */
import type { FastifyInstance } from "fastify";

export const certificatePath = "/daraja/certificate.cer";

export function registerCertificate(app: FastifyInstance, certificate: string): void {
  app.get(certificatePath, (_request, reply) =>
    reply
      .header("content-type", "application/x-x509-ca-cert")
      .header("content-disposition", "attachment; filename=certificate.cer")
      .send(certificate),
  );
}
