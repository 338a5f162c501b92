import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { PermanentFailure, TransientFailure } from '../ports/failures';

/** Body of every error answer; `error` is what the Open Inference Protocol asks for. */
interface ErrorBody {
  readonly error: string;
  /** A failure code of Millrace, or Fastify's for requests that it refuses itself. */
  readonly code: string;
}

export type ErrorReporter = (message: string) => void;

/** Answers failures with a status and a message; what nobody expected is reported and answered without details. */
export function handleErrors(server: FastifyInstance, report: ErrorReporter): void {
  server.setNotFoundHandler((request, reply) =>
    send(reply, 404, {
      error: `No such address [method=${request.method}, path=${request.url}]`,
      code: 'NotFound',
    }),
  );
  server.setErrorHandler((error: FastifyError, request: FastifyRequest, reply: FastifyReply) => {
    const status = statusOf(error);
    if (status < 500 || error instanceof TransientFailure) {
      return send(reply, status, { error: error.message, code: error.code });
    }
    report(`${request.method} ${request.routeOptions.url ?? ''} failed: ${error.stack ?? error.message}`);
    return send(reply, status, { error: 'The server failed; its log has the details', code: 'Internal' });
  });
}

function statusOf(error: FastifyError): number {
  if (error instanceof PermanentFailure) return PERMANENT_STATUS[error.code] ?? 422;
  if (error instanceof TransientFailure) return 503;
  return error.statusCode ?? 500;
}

const PERMANENT_STATUS: Readonly<Partial<Record<PermanentFailure['code'], number>>> = {
  NotFound: 404,
  InvalidInput: 400,
};

function send(reply: FastifyReply, status: number, body: ErrorBody): FastifyReply {
  return reply.status(status).send(body);
}
