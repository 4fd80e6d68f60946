import { append } from '#base/append.ts';
import { formatLabelSelector } from '#machinery/selectors.ts';
import { validateLabelSelector } from '#machinery/selectors.ts';
import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type {
  IPBlock,
  NetworkPolicy,
  NetworkPolicyPeer,
  NetworkPolicyPort,
} from '../generated/types/networking.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { cidrContains, checkLegacyCidr, parseCidrSloppy } from '#machinery/ip.ts';
import { checkPortNumber } from '#machinery/names.ts';
import { cidrWarnings } from '../address-warnings.ts';
import { invalidEach, optionalOneOf, portNumberOrName } from '../validation.ts';

function setDefaults({ spec }: NetworkPolicy): void {
  if (!spec) return;
  for (const rule of [...(spec.ingress ?? []), ...(spec.egress ?? [])]) {
    for (const port of rule.ports ?? []) port.protocol ??= 'TCP';
  }
  if (spec.policyTypes?.length) return;
  spec.policyTypes = spec.egress?.length ? ['Ingress', 'Egress'] : ['Ingress'];
}

const path = FieldPath.of('spec');
const directions = ['Ingress', 'Egress'];

function validatePort(at: FieldPath, { port, protocol, endPort }: NetworkPolicyPort): FieldError[] {
  const named = port === undefined ? [] : portNumberOrName(at.child('port'), port);
  const ended = endPort === undefined ? [] : validateEnd(at.child('endPort'), port, endPort);
  return [
    ...optionalOneOf(at.child('protocol'), protocol, ['TCP', 'UDP', 'SCTP']),
    ...(typeof port === 'string' ? [...ended, ...named] : [...named, ...ended]),
  ];
}

function validateEnd(at: FieldPath, port: number | string | undefined, endPort: number): FieldError[] {
  if (typeof port !== 'number') {
    const state = port === undefined ? 'not specified' : 'non-numeric';
    return [fieldError.invalid(at, endPort, `may not be specified when \`port\` is ${state}`)];
  }
  return [
    // Upstream shows where the range begins.
    ...(endPort < port ? [fieldError.invalid(at, port, 'must be greater than or equal to `port`')] : []),
    ...invalidEach(at, endPort, checkPortNumber(endPort)),
  ];
}

function validateBlock(at: FieldPath, { cidr, except = [] }: IPBlock): FieldError[] {
  if (!cidr) return [fieldError.required(at.child('cidr'))];
  const errors = invalidEach(at.child('cidr'), cidr, checkLegacyCidr(cidr));
  const outer = parseCidrSloppy(cidr);
  if (!outer) return errors;
  except.forEach((hole, i) => {
    const holePath = at.child('except').index(i);
    append(errors, invalidEach(holePath, hole, checkLegacyCidr(hole)));
    const inner = parseCidrSloppy(hole);
    if (!inner) return;
    if (!cidrContains(outer, inner.address) || inner.prefixLength <= outer.prefixLength) {
      errors.push(fieldError.invalid(holePath, hole, 'must be a strict subset of `cidr`'));
    }
  });
  return errors;
}

function validatePeer(
  at: FieldPath,
  { ipBlock, podSelector, namespaceSelector }: NetworkPolicyPeer,
): FieldError[] {
  const errors = [
    ...validateLabelSelector(podSelector, at.child('podSelector')),
    ...validateLabelSelector(namespaceSelector, at.child('namespaceSelector')),
    ...(ipBlock ? validateBlock(at.child('ipBlock'), ipBlock) : []),
  ];
  if (!ipBlock && !podSelector && !namespaceSelector) {
    errors.push(fieldError.required(at, 'must specify a peer'));
  } else if (ipBlock && (podSelector || namespaceSelector)) {
    errors.push(fieldError.forbidden(at, 'may not specify both ipBlock and another peer'));
  }
  return errors;
}

function validate({ spec }: NetworkPolicy): FieldError[] {
  const { podSelector, ingress = [], egress = [], policyTypes = [] } = spec ?? {};
  const rule = (
    at: FieldPath,
    side: string,
    ports: readonly NetworkPolicyPort[] = [],
    peers: readonly NetworkPolicyPeer[] = [],
  ) => [
    ...ports.flatMap((port, i) => validatePort(at.child('ports').index(i), port)),
    ...peers.flatMap((peer, i) => validatePeer(at.child(side).index(i), peer)),
  ];
  const errors = [
    ...validateLabelSelector(podSelector, path.child('podSelector')),
    ...ingress.flatMap(({ ports, from }, i) => rule(path.child('ingress').index(i), 'from', ports, from)),
    ...egress.flatMap(({ ports, to }, i) => rule(path.child('egress').index(i), 'to', ports, to)),
  ];
  if (policyTypes.length > 2) {
    const detail = 'may not specify more than two policyTypes';
    return [...errors, fieldError.invalid(path.child('policyTypes'), policyTypes, detail)];
  }
  return [
    ...errors,
    ...policyTypes.flatMap((type, i) => optionalOneOf(path.child('policyTypes').index(i), type, directions)),
  ];
}

function warnings({ spec }: NetworkPolicy): string[] {
  const ofPeers = (at: FieldPath, peers: readonly NetworkPolicyPeer[] = []) =>
    peers.flatMap(({ ipBlock }, i) => {
      if (!ipBlock) return [];
      const block = at.index(i).child('ipBlock');
      return [
        ...cidrWarnings(block.child('cidr'), ipBlock.cidr),
        ...(ipBlock.except ?? []).flatMap((hole, j) => cidrWarnings(block.child('except').index(j), hole)),
      ];
    });
  return [
    ...(spec?.ingress ?? []).flatMap(({ from }, i) =>
      ofPeers(path.child('ingress').index(i).child('from'), from),
    ),
    ...(spec?.egress ?? []).flatMap(({ to }, i) => ofPeers(path.child('egress').index(i).child('to'), to)),
  ];
}

export const networkPolicyResource = defineResource<NetworkPolicy>({
  group: 'networking.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.networking.v1.NetworkPolicy' }],
  kind: 'NetworkPolicy',
  resource: 'networkpolicies',
  singular: 'networkpolicy',
  shortNames: ['netpol'],
  namespaced: true,
  strategy: { generation: 'literal', setDefaults, validate, warnings },
  columns: [nameColumn, column('Pod-Selector'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    formatLabelSelector(object.spec?.podSelector),
    age(object, nowMs),
  ],
});
