import { StatusError } from '#machinery/status.ts';

/** A failure that ends the command with its text on stderr, worded by whoever threw it. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  readonly exitCode: number;

  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}

/** Ends the command with a code and no text: the text is out already, or belongs to the remote command. */
export class ExitError extends CliError {
  override readonly name = 'ExitError';

  constructor(exitCode: number) {
    super('', exitCode);
  }
}

/** A failure whose text stands without 'error:' before it. */
export class BareError extends CliError {
  override readonly name = 'BareError';
}

/** No resource in discovery goes by that name. */
export class NoResourceMatchError extends CliError {
  override readonly name = 'NoResourceMatchError';

  constructor(resource: string, group = '') {
    super(`the server doesn't have a resource type "${resource}"${group && ` in group "${group}"`}`);
  }
}

/** Several failures of one command; one line each. A single one is thrown as it is. */
export function throwAll(errors: readonly unknown[]): void {
  if (errors.length === 1) throw errors[0];
  if (errors.length > 1) throw new AggregateError(errors);
}

/** The text on stderr and the exit code of a failure, as kubectl words them. Undefined text prints nothing. */
export function explainFailure(error: unknown, server: string): { text: string; exitCode: number } {
  if (error instanceof ExitError) return { text: '', exitCode: error.exitCode };
  if (error instanceof AggregateError) {
    return { text: error.errors.map(part => messageOf(part, server)).join('\n'), exitCode: 1 };
  }
  if (error instanceof StatusError && error.reason === 'Invalid')
    return { text: invalidText(error), exitCode: 1 };
  if (error instanceof BareError) return { text: error.message, exitCode: error.exitCode };
  const exitCode = error instanceof CliError ? error.exitCode : 1;
  const known = standardMessage(error, server);
  if (known !== undefined) return { text: known, exitCode };
  const message = error instanceof Error ? error.message : String(error);
  return { text: message.startsWith('error: ') ? message : `error: ${message}`, exitCode };
}

/** One failure's line within a list of several. */
export function messageOf(error: unknown, server = ''): string {
  return standardMessage(error, server) ?? (error instanceof Error ? error.message : String(error));
}

function standardMessage(error: unknown, server: string): string | undefined {
  if (error instanceof StatusError) {
    if (error.reason === 'Unauthorized')
      return `error: You must be logged in to the server (${error.message})`;
    return error.reason
      ? `Error from server (${error.reason}): ${error.message}`
      : `Error from server: ${error.message}`;
  }
  const network = networkCause(error);
  if (!network) return undefined;
  const host = hostOf(server);
  if (network.code === 'ECONNREFUSED')
    return `The connection to the server ${host} was refused - did you specify the right host or port?`;
  return `Unable to connect to the server: ${network.message}`;
}

const networkCodes =
  /^(ECONN|ENOTFOUND|EAI_|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT|EPIPE|ERR_TLS|ERR_SSL|CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO)/;

function networkCause(error: unknown): { code: string; message: string } | undefined {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 5; depth++) {
    const code = (at as { code?: unknown }).code;
    if (typeof code === 'string' && networkCodes.test(code)) return { code, message: at.message };
    at = at instanceof AggregateError ? (at.errors[0] ?? at.cause) : at.cause;
  }
  return undefined;
}

function hostOf(server: string): string {
  return URL.canParse(server) ? new URL(server).host : server;
}

function invalidText(error: StatusError): string {
  const { details, message } = error.status;
  if (!details) return `The request is invalid${message ? `: ${message}` : ''}`;
  const causes = [
    ...new Set((details.causes ?? []).map(cause => `${cause.field ?? ''}: ${cause.message ?? ''}`)),
  ];
  let text = 'The request is invalid';
  if (details.kind || details.name)
    text = `The ${details.kind ?? ''} ${JSON.stringify(details.name ?? '')} is invalid`;
  else if (message && causes.length === 0) text += `: ${message}`;
  if (causes.length === 0) return text;
  if (causes.length === 1) return `${text}: ${causes[0]}`;
  return `${text}: \n${causes.map(cause => `* ${cause}`).join('\n')}`;
}

/** The failure with what was being done to which file's object before its text. */
export function withSource(verb: string, source: string, error: unknown): unknown {
  if (source === '') return error;
  const prefix = `error when ${verb} ${JSON.stringify(source)}: `;
  if (error instanceof StatusError)
    return new StatusError({ ...error.status, message: `${prefix}${error.message}` });
  return new CliError(`${prefix}${error instanceof Error ? error.message : String(error)}`);
}

/** Awaits `work`; its failure names the file that the object came from. */
export async function sourced<T>(verb: string, source: string, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    throw withSource(verb, source, error);
  }
}
