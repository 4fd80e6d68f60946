import type { Clock } from '#base/clock.ts';
import { type Transport, type TransportRequest, queryText } from '#client/transport.ts';
import { StatusError } from '#machinery/status.ts';

/** From which -v on something is shown (client-go transport.DebugWrappers). */
const answersFrom = 6;
const headersFrom = 7;
const bodiesFrom = 8;
/** Of a body, at the first level that shows it and at the next; from the one after it, all. */
const bodyCharacters: Readonly<Record<number, number>> = { 8: 1024, 9: 10_240 };

/** RFC 9110, 15 and RFC 6585, of what an API server answers. */
const statusTexts: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  409: 'Conflict',
  410: 'Gone',
  413: 'Request Entity Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Entity',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
};

export interface RequestLog {
  /** The number of -v. */
  readonly verbosity: number;
  readonly server: string;
  readonly processId: number;
  readonly clock: Clock;
  write(text: string): void;
}

type Headers = Readonly<Record<string, string>>;

/** Tells of requests and answers in klog's form. Credentials are put in below it, so it never sees them. */
export function loggedTransport(transport: Transport, log: RequestLog): Transport {
  const { verbosity, clock } = log;
  if (verbosity < answersFrom) return transport;
  const line = (text: string) => log.write(`${klogHead(clock.now(), log.processId, 'requests')}${text}\n`);
  const placeOf = ({ method, path, query }: TransportRequest) => {
    const search = queryText(query);
    const url = `${log.server.replace(/\/$/, '')}${path}${search && '?'}${search}`;
    return ` verb=${JSON.stringify(method)} url=${JSON.stringify(url)}`;
  };
  const body = (what: string, value: unknown) => {
    if (verbosity >= bodiesFrom) line(`"${what} Body" body=${bodyText(value, verbosity)}`);
  };
  const begin = (request: TransportRequest) => {
    if (verbosity < headersFrom) return;
    body('Request', request.body);
    line(`"Request"${placeOf(request)} headers=${headersText(request.headers ?? {})}`);
  };
  const answered = (request: TransportRequest, status: number, sinceMs: number, headers?: Headers) => {
    const place = verbosity < headersFrom ? placeOf(request) : '';
    const shown = verbosity >= bodiesFrom && headers ? ` headers=${headersText(headers)}` : '';
    const text = status === 0 ? '' : `${status} ${statusTexts[status] ?? ''}`.trim();
    const ms = Math.round(clock.monotonicMs() - sinceMs);
    line(`"Response"${place} status=${JSON.stringify(text)}${shown} milliseconds=${ms}`);
  };
  const told = async <T>(
    request: TransportRequest,
    answer: Promise<T>,
    of: (answer: T) => { readonly status: number; readonly headers?: Headers; readonly body?: unknown },
  ): Promise<T> => {
    const sinceMs = clock.monotonicMs();
    try {
      const value = await answer;
      const { status, headers, body: shown } = of(value);
      answered(request, status, sinceMs, headers);
      if (shown !== undefined) body('Response', shown);
      return value;
    } catch (error) {
      const status = error instanceof StatusError ? error.status : undefined;
      answered(request, status?.code ?? 0, sinceMs);
      if (status) body('Response', status);
      throw error;
    }
  };
  return {
    ...(transport.isInProcess ? { isInProcess: true } : {}),
    request(request) {
      begin(request);
      return told(request, transport.request(request), answer => answer);
    },
    stream(request) {
      begin(request);
      return told(request, transport.stream(request), () => ({ status: 200 }));
    },
    watch(request, handler) {
      begin(request);
      const sinceMs = clock.monotonicMs();
      let isTold = false;
      const tell = (status: number) => {
        if (!isTold) answered(request, status, sinceMs);
        isTold = true;
      };
      return transport.watch(request, {
        event(event) {
          tell(200);
          body('Response', event);
          handler.event(event);
        },
        end(error) {
          tell(error instanceof StatusError ? error.code : 200);
          handler.end(error);
        },
      });
    },
  };
}

/** klog's head of a line: severity, date, time, process and who writes. */
export function klogHead(nowMs: number, processId: number, source: string, severity = 'I'): string {
  const [, month, day, time] = /^\d+-(\d\d)-(\d\d)T([\d:.]+)Z$/.exec(new Date(nowMs).toISOString())!;
  return `${severity}${month}${day} ${time}000 ${String(processId).padStart(7)} ${source}] `;
}

function headersText(headers: Headers): string {
  const lines = Object.entries(headers).map(([name, value]) => `\t${canonical(name)}: ${value}\n`);
  return lines.length === 0 ? '""' : `<\n${lines.sort().join('')} >`;
}

/** As Go writes a header's name. */
function canonical(name: string): string {
  return name.toLowerCase().replace(/(^|-)[a-z]/g, start => start.toUpperCase());
}

function bodyText(value: unknown, verbosity: number): string {
  if (value === undefined) return '""';
  // Servers and clients end a body with a newline; what is of one line without it stands in quotes.
  const text = typeof value === 'string' ? value : `${JSON.stringify(value)}\n`;
  const most = bodyCharacters[verbosity] ?? text.length;
  const shown = text.length > most ? `${text.slice(0, most)} [truncated ${text.length - most} chars]` : text;
  if (!shown.includes('\n')) return JSON.stringify(shown);
  return `<\n\t${shown.trimEnd().replaceAll('\n', '\n\t')}\n >`;
}
