import { type FieldError, fieldErrorsText } from './field.ts';
import { goQuote } from './go-json.ts';

/** metav1.StatusCause. */
export interface StatusCause {
  reason?: string;
  message?: string;
  field?: string;
}

/** metav1.StatusDetails. */
export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** metav1.Status: what the API answers when there is no object to answer. */
export interface Status {
  kind: 'Status';
  apiVersion: 'v1';
  metadata: Record<string, unknown>;
  status: 'Success' | 'Failure';
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code: number;
}

/** Every reason the API answers, with its HTTP code. */
export const reasonCodes = {
  BadRequest: 400,
  Unauthorized: 401,
  Forbidden: 403,
  NotFound: 404,
  MethodNotAllowed: 405,
  NotAcceptable: 406,
  AlreadyExists: 409,
  Conflict: 409,
  Gone: 410,
  Expired: 410,
  RequestEntityTooLarge: 413,
  UnsupportedMediaType: 415,
  Invalid: 422,
  TooManyRequests: 429,
  InternalError: 500,
  ServiceUnavailable: 503,
  ServerTimeout: 500,
  Timeout: 504,
} as const;

export type StatusReason = keyof typeof reasonCodes;

/** More than anybody reads; an object can have hundreds of thousands. */
const errorsToldMax = 1000;
/** What their texts may come to: each shows the value that is wrong, which may be most of the object. */
const toldCharactersMax = 1024 * 1024;

/** An expected failure, in the form that a client receives it. */
export class StatusError extends Error {
  override readonly name = 'StatusError';
  readonly status: Status;
  /** What the client is warned of beside the failure. */
  warnings: readonly string[] = [];
  /** Of the answer, beside what the status itself asks for. */
  headers: Readonly<Record<string, string>> | undefined;
  /** Told as text, without its kind and without any other header: by whoever cuts a request off, which knows of no forms. */
  isBare = false;

  constructor(status: Status) {
    super(status.message ?? status.reason ?? `status ${status.code}`);
    this.status = status;
  }

  get reason(): string {
    return this.status.reason ?? '';
  }

  get code(): number {
    return this.status.code;
  }
}

/** 'pods' or 'deployments.apps', as messages name a resource or kind. */
export function qualified(what: { group: string; resource: string }): string {
  return what.group === '' ? what.resource : `${what.resource}.${what.group}`;
}

/** Not at all where it is not said when to try again. */
function after(retryAfterSeconds: number): StatusDetails {
  return retryAfterSeconds > 0 ? { retryAfterSeconds } : {};
}

function failure(reason: StatusReason, message: string, details?: StatusDetails): StatusError {
  return new StatusError({
    kind: 'Status',
    apiVersion: 'v1',
    metadata: {},
    status: 'Failure',
    message,
    reason,
    ...(details ? { details } : {}),
    code: reasonCodes[reason],
  });
}

interface What {
  group: string;
  resource: string;
}

function detailsOf(what: What, name: string): StatusDetails {
  return {
    ...(name ? { name } : {}),
    ...(what.group ? { group: what.group } : {}),
    ...(what.resource ? { kind: what.resource } : {}),
  };
}

/** At least the first. */
function toldOf(errors: readonly FieldError[]): FieldError[] {
  const told: FieldError[] = [];
  let characters = 0;
  for (const error of errors.slice(0, errorsToldMax)) {
    if (characters > toldCharactersMax) break;
    told.push(error);
    characters += error.message.length;
  }
  return told;
}

/** One maker for each expected failure; the texts are upstream's (apimachinery api/errors). */
export const statusError = {
  badRequest: (message: string) => failure('BadRequest', message),
  unauthorized: (message = 'Unauthorized') => failure('Unauthorized', message),
  forbidden: (what: What, name: string, why: string) =>
    failure(
      'Forbidden',
      what.resource === ''
        ? `forbidden: ${why}`
        : name === ''
          ? `${qualified(what)} is forbidden: ${why}`
          : `${qualified(what)} ${goQuote(name)} is forbidden: ${why}`,
      detailsOf(what, name),
    ),
  notFound: (what: What, name: string) =>
    failure('NotFound', `${qualified(what)} ${goQuote(name)} not found`, detailsOf(what, name)),
  /** A path that is not served. */
  noSuchPath: () => failure('NotFound', 'the server could not find the requested resource', {}),
  methodNotAllowed: (message = 'the server does not allow this method on the requested resource') =>
    failure('MethodNotAllowed', message, {}),
  /** A verb that a resource does not have. */
  methodNotSupported: (what: What, verb: string) =>
    failure(
      'MethodNotAllowed',
      `${verb} is not supported on resources of kind ${JSON.stringify(qualified(what))}`,
      detailsOf(what, ''),
    ),
  notAcceptable: (accepted: readonly string[]) =>
    failure('NotAcceptable', `only the following media types are accepted: ${accepted.join(', ')}`),
  /** No route of upstream's takes such a body. */
  unroutedMediaType: () => failure('UnsupportedMediaType', '415: Unsupported Media Type', {}),
  /** No route of upstream's answers in such a form. */
  unroutedAccept: (produced: readonly string[]) =>
    failure('NotAcceptable', `406: Not Acceptable\n\nAvailable representations: ${produced.join(', ')}`, {}),
  /** The answer has no such form. */
  notInForm: (why: string) => failure('NotAcceptable', why),
  unsupportedMediaType: (accepted: readonly string[]) =>
    failure(
      'UnsupportedMediaType',
      `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
    ),
  alreadyExists: (what: What, name: string) =>
    failure('AlreadyExists', `${qualified(what)} ${goQuote(name)} already exists`, detailsOf(what, name)),
  /** The same, of an object that is about to go. */
  beingDeleted: ({ status }: StatusError) =>
    new StatusError({ ...status, message: `object is being deleted: ${status.message}` }),
  /** A generated name that was taken, each time. */
  generateNameConflict: (what: What, name: string) =>
    failure(
      'AlreadyExists',
      `${qualified(what)} ${goQuote(name)} already exists, the server was not able to generate a unique name for the object`,
      { ...detailsOf(what, name), retryAfterSeconds: 1 },
    ),
  conflict: (what: What, name: string, why: string) =>
    failure(
      'Conflict',
      `Operation cannot be fulfilled on ${qualified(what)} ${goQuote(name)}: ${why}`,
      detailsOf(what, name),
    ),
  /** The usual conflict: somebody else wrote first. */
  modified: (what: What, name: string) =>
    statusError.conflict(
      what,
      name,
      'the object has been modified; please apply your changes to the latest version and try again',
    ),
  expired: (message: string) => failure('Expired', message),
  gone: (message: string) => failure('Gone', message),
  /** `what.resource` is the kind here. Of very many errors, the first are told. */
  invalid: (kind: { group: string; kind: string }, name: string, errors: readonly FieldError[]) => {
    const what = { group: kind.group, resource: kind.kind };
    const told = toldOf(errors);
    const text = errors.length > 0 ? `: ${fieldErrorsText(told)}` : '';
    const more = errors.length > told.length ? `, and ${errors.length - told.length} more errors` : '';
    return failure('Invalid', `${qualified(what)} ${goQuote(name)} is invalid${text}${more}`, {
      ...detailsOf(what, name),
      causes: told.map(e => ({ reason: e.type, message: e.message, field: e.field })),
    });
  },
  tooLarge: (message: string) => failure('RequestEntityTooLarge', `Request entity too large: ${message}`),
  tooManyRequests: (message: string, retryAfterSeconds = 1) =>
    failure('TooManyRequests', message, after(retryAfterSeconds)),
  /** The same of a limit that does not say when it lets anything through again. */
  rateLimited: (message: string) => failure('TooManyRequests', `Too many requests: ${message}`),
  internal: (message: string) =>
    failure('InternalError', `Internal error occurred: ${message}`, { causes: [{ message }] }),
  /** A failure that upstream answers without a reason. */
  unclassified: (message: string, code = 500) =>
    new StatusError({ kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, code }),
  unavailable: (message: string) => failure('ServiceUnavailable', message),
  timeout: (message: string, retryAfterSeconds = 0) =>
    failure('Timeout', `Timeout: ${message}`, after(retryAfterSeconds)),
  serverTimeout: (what: What, operation: string, retryAfterSeconds = 0) =>
    failure(
      'ServerTimeout',
      `The ${operation} operation against ${qualified(what)} could not be completed at this time, please try again.`,
      { ...detailsOf(what, operation), ...after(retryAfterSeconds) },
    ),
};

/** True for a StatusError with that reason. */
export function hasReason(error: unknown, reason: StatusReason): error is StatusError {
  return error instanceof StatusError && error.status.reason === reason;
}
