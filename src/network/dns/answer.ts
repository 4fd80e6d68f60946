import { familyOf } from '#machinery/ip.ts';
import type { Service } from '#api/generated/types/core.v1.ts';
import type { EndpointSlice } from '#api/generated/types/discovery.v1.ts';
import { clusterIpsOf, type DnsState, serviceOfSlice } from './state.ts';
import { type DnsRecord, internetClass, labelsOf, rcodes, recordTypes, type ResponseBody } from './wire.ts';

/**
 * Kubernetes' DNS-based service discovery (kubernetes/dns, docs/specification.md), with the choices that CoreDNS'
 * kubernetes plugin makes where the specification leaves some. A pure function of the question and the state.
 */

export interface Question {
  /** Lower case, without the last dot. */
  readonly name: string;
  readonly type: number;
  readonly class: number;
}

export type Answer =
  | { readonly kind: 'answer'; readonly body: ResponseBody }
  /** Not a name of the cluster: ask elsewhere. */
  | { readonly kind: 'forward' }
  /** An alias to a name elsewhere, whose records are to be added. */
  | { readonly kind: 'alias'; readonly cname: DnsRecord; readonly target: string };

export interface DnsConfig {
  /** 'cluster.local' */
  readonly zone: string;
  /** For the SOA: any number that does not go back. */
  readonly serial: number;
}

const ttl = 30;
const negativeTtl = 5;
const schemaVersion = '1.1.0';
const versionTtl = 28800;
const aliasDepthMax = 8;

function soa({ zone, serial }: DnsConfig): DnsRecord {
  return {
    type: 'SOA',
    name: zone,
    ttl: negativeTtl,
    mname: `ns.dns.${zone}`,
    rname: `hostmaster.${zone}`,
    serial,
    refresh: 7200,
    retry: 1800,
    expire: 86400,
    minimum: negativeTtl,
  };
}

function reply(
  config: DnsConfig,
  rcode: number,
  answers: readonly DnsRecord[],
  additionals: readonly DnsRecord[] = [],
): Answer {
  const authorities = answers.length === 0 ? [soa(config)] : [];
  return { kind: 'answer', body: { rcode, authoritative: true, answers, authorities, additionals } };
}

const noSuchName = (config: DnsConfig) => reply(config, rcodes.nameError, []);
const noData = (config: DnsConfig) => reply(config, rcodes.noError, []);

/** One address of a name, with the ports that it serves. */
interface Target {
  readonly name: string;
  readonly ip: string;
  readonly ports: readonly { readonly name: string; readonly protocol: string; readonly port: number }[];
}

/** An endpoint's own label: its hostname, else its address with dashes. */
function endpointLabel(endpoint: { readonly hostname?: string }, ip: string): string {
  return endpoint.hostname || ip.replace(/[.:]/g, '-');
}

function endpointTargets(name: string, slices: readonly EndpointSlice[]): Target[] {
  return slices.flatMap(slice =>
    (slice.endpoints ?? [])
      .filter(endpoint => endpoint.conditions?.ready !== false)
      .flatMap(endpoint =>
        endpoint.addresses.map(ip => ({
          name: `${endpointLabel(endpoint, ip).toLowerCase()}.${name}`,
          ip,
          ports: (slice.ports ?? []).map(port => ({
            name: port.name ?? '',
            protocol: (port.protocol ?? 'TCP').toLowerCase(),
            port: port.port ?? 0,
          })),
        })),
      ),
  );
}

function serviceTargets(service: Service, name: string): Target[] {
  const ports = (service.spec?.ports ?? []).map(port => ({
    name: port.name ?? '',
    protocol: (port.protocol ?? 'TCP').toLowerCase(),
    port: port.port,
  }));
  return clusterIpsOf(service).map(ip => ({ name, ip, ports }));
}

/** The part of a name before the service: nothing, an endpoint, or a port and its protocol. */
interface Selection {
  readonly endpoint?: string;
  readonly port?: string;
  readonly protocol?: string;
}

function selectionOf(labels: readonly string[]): Selection | undefined {
  if (labels.length === 0) return {};
  if (labels.length === 1) return { endpoint: labels[0]! };
  const [port, protocol] = labels as [string, string];
  if (labels.length > 2 || !port.startsWith('_') || !protocol.startsWith('_')) return undefined;
  return { port: port.slice(1), protocol: protocol.slice(1) };
}

function select(targets: readonly Target[], { port, protocol }: Selection): Target[] {
  if (port === undefined) return [...targets];
  return targets
    .map(target => ({
      ...target,
      ports: target.ports.filter(one => one.name === port && one.protocol === protocol),
    }))
    .filter(target => target.ports.length > 0);
}

function addressRecords(name: string, targets: readonly Target[], type?: number): DnsRecord[] {
  const ips = [...new Set(targets.map(target => target.ip))];
  const records = ips.map(
    ip => ({ name, ttl, type: familyOf(ip) === 'IPv6' ? 'AAAA' : 'A', data: ip }) as const,
  );
  return records.filter(record => type === undefined || recordTypes[record.type] === type);
}

function serviceRecords(name: string, targets: readonly Target[]): [DnsRecord[], DnsRecord[]] {
  const found = new Map<string, { readonly port: number; readonly target: string }>();
  for (const { name: target, ports } of targets) {
    for (const { port } of ports) found.set(`${target} ${port}`, { port, target });
  }
  const weight = Math.max(1, Math.floor(100 / Math.max(1, found.size)));
  const answers = [...found.values()].map(
    ({ port, target }) => ({ name, ttl, type: 'SRV', priority: 0, weight, port, target }) as const,
  );
  const owners = [...new Set(targets.map(target => target.name))];
  const additionals = owners.flatMap(owner =>
    addressRecords(
      owner,
      targets.filter(target => target.name === owner),
    ),
  );
  return [answers, additionals];
}

function answerTargets(config: DnsConfig, question: Question, targets: readonly Target[]): Answer {
  if (targets.length === 0) return noSuchName(config);
  if (question.type === recordTypes.SRV) {
    return reply(config, rcodes.noError, ...serviceRecords(question.name, targets));
  }
  return reply(config, rcodes.noError, addressRecords(question.name, targets, question.type));
}

function answerAlias(
  config: DnsConfig,
  question: Question,
  state: DnsState,
  externalName: string,
  depth: number,
): Answer {
  const target = externalName.toLowerCase().replace(/\.$/, '');
  const cname: DnsRecord = { name: question.name, ttl, type: 'CNAME', data: target };
  if (question.type === recordTypes.CNAME || depth >= aliasDepthMax)
    return reply(config, rcodes.noError, [cname]);
  const next = answerAt(config, { ...question, name: target }, state, depth + 1);
  if (next.kind === 'forward') return { kind: 'alias', cname, target };
  if (next.kind === 'alias') return reply(config, rcodes.noError, [cname, next.cname]);
  return reply(config, rcodes.noError, [cname, ...next.body.answers], next.body.additionals);
}

function answerService(
  config: DnsConfig,
  question: Question,
  state: DnsState,
  labels: readonly string[],
  depth: number,
): Answer {
  const namespace = labels.at(-1);
  if (namespace === undefined) return noData(config);
  if (!state.hasNamespace(namespace)) return noSuchName(config);
  const name = labels.at(-2);
  if (name === undefined) return noData(config);
  const service = state.service(namespace, name);
  const selection = selectionOf(labels.slice(0, -2));
  if (!service || !selection) return noSuchName(config);
  if (service.spec?.type === 'ExternalName') {
    return answerAlias(config, question, state, service.spec.externalName ?? '', depth);
  }
  const owner = `${name}.${namespace}.svc.${config.zone}`;
  const ofEndpoints = () => endpointTargets(owner, state.slicesOf(namespace, name));
  if (selection.endpoint !== undefined) {
    const wanted = `${selection.endpoint}.${owner}`;
    return answerTargets(
      config,
      question,
      ofEndpoints().filter(target => target.name === wanted),
    );
  }
  const targets = clusterIpsOf(service).length > 0 ? serviceTargets(service, owner) : ofEndpoints();
  return answerTargets(config, question, select(targets, selection));
}

/** '10-1-2-3' is 10.1.2.3; IPv6 addresses are spelt with dashes for colons. */
function podAddress(label: string): string | undefined {
  const parts = label.split('-');
  const isDecimal = parts.length === 4 && parts.every(part => /^\d{1,3}$/.test(part) && Number(part) <= 255);
  if (isDecimal) return parts.map(Number).join('.');
  const isHex = parts.length === 8 && parts.every(part => /^[0-9a-f]{1,4}$/.test(part));
  const isShort =
    /^(?:[0-9a-f]{1,4}-)*-(?:[0-9a-f]{1,4})?(?:-[0-9a-f]{1,4})*$/.test(label) && parts.length < 9;
  return (isHex || isShort) && parts.length > 2 ? label.replaceAll('-', ':') : undefined;
}

function answerPod(
  config: DnsConfig,
  question: Question,
  state: DnsState,
  labels: readonly string[],
): Answer {
  const namespace = labels.at(-1);
  if (namespace === undefined) return noData(config);
  if (!state.hasNamespace(namespace)) return noSuchName(config);
  if (labels.length === 1) return noData(config);
  const ip = labels.length === 2 ? podAddress(labels[0]!) : undefined;
  return ip === undefined
    ? noSuchName(config)
    : answerTargets(config, question, [{ name: question.name, ip, ports: [] }]);
}

function answerApex(config: DnsConfig, question: Question): Answer {
  const { zone } = config;
  if (question.type === recordTypes.SOA) return reply(config, rcodes.noError, [soa(config)]);
  if (question.type === recordTypes.NS) {
    return reply(config, rcodes.noError, [{ name: zone, ttl, type: 'NS', data: `ns.dns.${zone}` }]);
  }
  return noData(config);
}

function answerVersion(config: DnsConfig, question: Question): Answer {
  if (question.type !== recordTypes.TXT) return noData(config);
  return reply(config, rcodes.noError, [
    { name: question.name, ttl: versionTtl, type: 'TXT', data: schemaVersion },
  ]);
}

/** The address in a name such as 4.3.2.1.in-addr.arpa. */
function reverseAddress(labels: readonly string[]): string | undefined {
  const [top, kind] = [labels.at(-1), labels.at(-2)];
  const digits = labels.slice(0, -2).reverse();
  if (top !== 'arpa') return undefined;
  if (kind === 'in-addr' && digits.length === 4) return digits.join('.');
  if (kind !== 'ip6' || digits.length !== 32) return undefined;
  const words = (digits.join('').match(/.{4}/g) ?? []).map(word => Number.parseInt(word, 16).toString(16));
  return words.join(':');
}

/** The longest run of zero words, as the canonical spelling shortens it (RFC 5952). */
function canonicalIp(ip: string): string {
  if (familyOf(ip) === 'IPv4') return ip;
  const runs = [...ip.matchAll(/(?:^|:)(?:0(?::0)+)(?=:|$)/g)].map(match => match[0]);
  const longest = runs.sort((a, b) => b.length - a.length)[0];
  return longest === undefined ? ip : ip.replace(longest, ':').replace(/:$/, '::');
}

function answerReverse(config: DnsConfig, question: Question, state: DnsState, ip: string): Answer {
  const spellings = [...new Set([ip, canonicalIp(ip)])];
  const services = spellings.flatMap(one => state.servicesByIp(one));
  const ofServices = services.map(
    ({ metadata }) => `${metadata.name}.${metadata.namespace}.svc.${config.zone}`,
  );
  const ofEndpoints = spellings.flatMap(one =>
    state.slicesByIp(one).flatMap(slice => {
      const owner = `${serviceOfSlice(slice)}.${slice.metadata.namespace}.svc.${config.zone}`;
      const targets = endpointTargets(owner, [slice]).filter(target => target.ip === one);
      return serviceOfSlice(slice) === undefined ? [] : targets.map(target => target.name);
    }),
  );
  const names = [...new Set(ofServices.length > 0 ? ofServices : ofEndpoints)];
  if (names.length === 0) return { kind: 'forward' };
  if (question.type !== recordTypes.PTR) return noData(config);
  return reply(
    config,
    rcodes.noError,
    names.map(data => ({ name: question.name, ttl, type: 'PTR', data }) as const),
  );
}

function answerAt(config: DnsConfig, question: Question, state: DnsState, depth: number): Answer {
  if (question.class !== internetClass) {
    const body = {
      rcode: rcodes.refused,
      authoritative: false,
      answers: [],
      authorities: [],
      additionals: [],
    };
    return { kind: 'answer', body };
  }
  const labels = labelsOf(question.name);
  const ip = reverseAddress(labels);
  if (ip !== undefined) return answerReverse(config, question, state, ip);
  const zoneLabels = labelsOf(config.zone);
  const inZone = question.name === config.zone || question.name.endsWith(`.${config.zone}`);
  if (!inZone) return { kind: 'forward' };
  const own = labels.slice(0, labels.length - zoneLabels.length);
  if (own.length === 0) return answerApex(config, question);
  if (own.length === 1 && own[0] === 'dns-version') return answerVersion(config, question);
  const kind = own.at(-1);
  if (kind === 'svc') return answerService(config, question, state, own.slice(0, -1), depth);
  if (kind === 'pod') return answerPod(config, question, state, own.slice(0, -1));
  return noSuchName(config);
}

/** Answers a question from the cluster's state. */
export function answer(config: DnsConfig, question: Question, state: DnsState): Answer {
  return answerAt(config, question, state, 0);
}
