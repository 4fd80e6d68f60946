import type { IncomingMessage } from 'node:http';
import { TLSSocket } from 'node:tls';
import { methodVerbs } from '#machinery/verbs.ts';

/** Who asks, by a certificate of the cluster's CA or as the API server says whose a token is. */
export interface Caller {
  readonly username: string;
  readonly uid?: string | undefined;
  readonly groups: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>> | undefined;
}

/** What somebody wants of the node: a verb on one of its subresources, as the API server would name it. */
export interface NodeAttributes {
  readonly verb: string;
  readonly subresource: string;
}

/** Whom the API server knows, and what it lets them do; both reject while it does not answer. */
export interface NodeAccess {
  /** Undefined: the token is nobody's. */
  caller(token: string): Promise<Caller | undefined>;
  allows(caller: Caller, attributes: NodeAttributes): Promise<boolean>;
}

export interface Refusal {
  readonly status: number;
  readonly message: string;
}

const administrators: ReadonlySet<string> = new Set(['system:masters', 'kubeadm:cluster-admins']);

/** By the first word of a path; all else, and what KEP-2862 made fine-grained, falls under nodes/proxy. */
const subresources: Readonly<Record<string, readonly string[]>> = {
  stats: ['stats'],
  metrics: ['metrics'],
  logs: ['log'],
  configz: ['configz', 'proxy'],
  healthz: ['healthz', 'proxy'],
  pods: ['pods', 'proxy'],
  runningpods: ['pods', 'proxy'],
};

/** Why a request must not be answered; undefined: it may. Without `access` administrators alone may ask. */
export async function refusal(
  request: IncomingMessage,
  path: string,
  access: NodeAccess | undefined,
): Promise<Refusal | undefined> {
  const caller = certified(request) ?? (await holder(request, access));
  if (!caller) return { status: 401, message: 'Unauthorized' };
  if (caller.groups.some(group => administrators.has(group))) return undefined;
  const verb = methodVerbs[request.method ?? 'GET'] ?? '';
  const wanted = subresources[path.split('/')[1] ?? ''] ?? ['proxy'];
  for (const subresource of wanted) {
    if (await access?.allows(caller, { verb, subresource })) return undefined;
  }
  const message = `Forbidden (user=${caller.username}, verb=${verb}, resource=nodes, subresource(s)=[${wanted.join(' ')}])`;
  return { status: 403, message };
}

/** The client, by a certificate of ours; undefined: none, or one of somebody else. */
function certified({ socket }: IncomingMessage): Caller | undefined {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined;
  const { CN, O } = socket.getPeerCertificate().subject ?? {};
  if (typeof CN !== 'string') return undefined;
  return { username: CN, groups: [...(O === undefined ? [] : [O].flat()), 'system:authenticated'] };
}

async function holder(
  { headers }: IncomingMessage,
  access: NodeAccess | undefined,
): Promise<Caller | undefined> {
  const [scheme, token] = headers.authorization?.split(' ') ?? [];
  return scheme?.toLowerCase() === 'bearer' && token ? access?.caller(token) : undefined;
}
