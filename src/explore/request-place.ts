import type { TransportRequest } from '#client/transport.ts';

/** What a path of the API is about. */
export interface Target {
  readonly group: string;
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly subresource: string;
}

/** undefined where the path is no resource's. */
export function targetOf(path: string): Target | undefined {
  const match = /^\/(?:api|apis\/([^/]+))\/v\w+\/(.+)$/.exec(path);
  if (!match) return undefined;
  const parts = match[2]!.split('/').map(decodeURIComponent);
  const isInNamespace = parts[0] === 'namespaces' && parts.length > 2 && !namespaceParts.has(parts[2]!);
  const [namespace, rest] = isInNamespace ? [parts[1]!, parts.slice(2)] : ['', parts];
  const [resource = '', name = '', subresource = ''] = rest;
  return { group: match[1] ?? '', resource, namespace, name, subresource };
}

/** Subresources of a Namespace itself. */
const namespaceParts = new Set(['status', 'finalize']);

/** 'POST pods', 'PUT deployments/status'; undefined for what no controller's logic depends on. */
export function placeOf({ method, path }: TransportRequest): string | undefined {
  const target = targetOf(path);
  if (!target || target.resource === 'events' || target.resource === 'leases') return undefined;
  return `${method} ${target.resource}${target.subresource ? `/${target.subresource}` : ''}`;
}
