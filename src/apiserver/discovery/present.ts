import { parseApiVersion } from '#machinery/object.ts';
import { statusError } from '#machinery/status.ts';
import { toYaml } from '#machinery/yaml-write.ts';
import type { Services } from '../handlers/context.ts';
import {
  type Asked,
  type AskedKind,
  findAcceptable,
  isPretty,
  mediaTypes,
  prettyText,
  shownTypes,
} from '../http/negotiate.ts';
import type { ApiResponse } from '../response.ts';
import type { DiscoveryDocument } from './discovery.ts';

/** How a client wants a document of discovery. */
export interface DiscoveryForm {
  /** The media type, without the kind. */
  readonly type: string;
  readonly isPretty: boolean;
  /** All groups with their resources (KEP-3352); only /api and /apis have it. */
  readonly isAggregated: boolean;
}

const aggregatedKind = 'g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';
const isAggregated = (kind: AskedKind | undefined) =>
  kind?.group === 'apidiscovery.k8s.io' && kind.version === 'v2' && kind.kind === 'APIGroupDiscoveryList';

/** Whoever takes the aggregated form at all gets it. Throws NotAcceptable. */
export function discoveryForm({ path, ...asked }: Asked & { readonly path: string }): DiscoveryForm {
  const { accept = '' } = asked.headers;
  const pretty = isPretty(asked);
  if (accept === '') return { type: mediaTypes.json, isPretty: pretty, isAggregated: false };
  const whole = /^\/(api\/*|apis)$/.test(path)
    ? findAcceptable(accept, shownTypes, (_, kind) => isAggregated(kind))
    : undefined;
  const found = whole ?? findAcceptable(accept, shownTypes, (_, kind) => kind === undefined);
  if (!found) throw statusError.notAcceptable(shownTypes);
  return { type: found.type, isPretty: pretty || found.isPretty, isAggregated: whole !== undefined };
}

/** The document in that form; 304 where the client has it already. */
export function presentDiscovery(
  services: Pick<Services, 'schemas' | 'protobuf'>,
  { headers }: Asked,
  document: DiscoveryDocument,
  form: DiscoveryForm,
): ApiResponse {
  const { etag } = document;
  const contentType = form.isAggregated ? `${form.type};${aggregatedKind}` : form.type;
  const validator: Readonly<Record<string, string>> =
    etag === undefined ? {} : { etag, vary: 'Accept', 'cache-control': 'public' };
  if (etag !== undefined && headers['if-none-match'] === etag)
    return { type: 'bytes', status: 304, contentType, body: '', headers: validator };
  const body = encoded(services, document, form);
  const { json } = document;
  return { type: 'bytes', status: 200, contentType, body, json, headers: validator };
}

function encoded(
  { schemas, protobuf }: Pick<Services, 'schemas' | 'protobuf'>,
  { json }: DiscoveryDocument,
  form: DiscoveryForm,
): string | Uint8Array {
  if (form.type === mediaTypes.json) return form.isPretty ? prettyText(JSON.parse(json)) : `${json}\n`;
  const value = JSON.parse(json) as { apiVersion?: string; kind: string };
  if (form.type === mediaTypes.yaml) return toYaml(value);
  // What /api answers names no version.
  const { group, version } = parseApiVersion(value.apiVersion ?? 'v1');
  return protobuf.encode(value, schemas.schemaOfKind(group, version, value.kind)!);
}
