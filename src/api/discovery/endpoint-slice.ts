import { append } from '#base/append.ts';
import { age, ageColumn, column, listText, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type {
  Endpoint,
  EndpointHints,
  EndpointPort,
  EndpointSlice,
} from '../generated/types/discovery.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkLegacyIp } from '#machinery/ip.ts';
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkInRange,
  checkLabelValue,
  checkQualifiedName,
} from '#machinery/names.ts';
import { validateAddressScope } from '../address-validation.ts';
import { ipWarnings } from '../address-warnings.ts';
import { validateLabels } from '#machinery/metadata.ts';
import {
  definedName,
  duplicates,
  immutable,
  invalidEach,
  optionalName,
  requiredName,
  requiredOneOf,
} from '../validation.ts';

const shownMax = 3;

function setDefaults(object: EndpointSlice): void {
  for (const port of object.ports ?? []) {
    port.name ??= '';
    port.protocol ??= 'TCP';
  }
}

const addressTypes = ['FQDN', 'IPv4', 'IPv6'];
const protocols = ['SCTP', 'TCP', 'UDP'];
const endpointsMax = 1000;
const addressesMax = 100;
const portsMax = 20_000;
const hintsMax = 8;
const topologyLabelsMax = 16;
const path = FieldPath.of('endpoints');

/** A name of two labels at least, which may end in a dot. */
function validateDomainName(at: FieldPath, address: string): FieldError[] {
  if (address === '') return [fieldError.required(at)];
  const name = address.replace(/\.$/, '');
  const errors = invalidEach(at, name, checkDns1123Subdomain(name));
  const labels = name.split('.');
  if (errors.length > 0) return errors;
  if (labels.length < 2) {
    return [
      fieldError.invalid(at, address, 'should be a domain with at least two segments separated by dots'),
    ];
  }
  return labels.flatMap(label => invalidEach(at, label, checkDns1123Label(label)));
}

/** For whom the endpoint is meant (KEP-2433, KEP-3015): a few zones or nodes, each once. */
function validateHints(at: FieldPath, hints: EndpointHints | undefined): FieldError[] {
  const lists = [
    ['forZones', hints?.forZones, checkLabelValue],
    ['forNodes', hints?.forNodes, checkDns1123Subdomain],
  ] as const;
  return lists.flatMap(([list, given, check]) => {
    const names = (given ?? []).map(({ name }) => name);
    const listPath = at.child(list);
    if (names.length > hintsMax) return [fieldError.tooMany(listPath, names.length, hintsMax)];
    return [
      ...duplicates(listPath, names, 'name'),
      ...names.flatMap((name, i) => requiredName(listPath.index(i).child('name'), name, check)),
    ];
  });
}

function validateAddress(at: FieldPath, address: string, type: string): FieldError[] {
  if (type === 'FQDN') return validateDomainName(at, address);
  const errors = invalidEach(at, address, checkLegacyIp(address));
  if (errors.length === 0 && (type === 'IPv6') !== address.includes(':')) {
    errors.push(fieldError.invalid(at, address, `must be an ${type} address`));
  }
  return errors.length > 0 ? errors : validateAddressScope(at, address);
}

function validateTopology(at: FieldPath, labels: Record<string, string> | undefined): FieldError[] {
  const count = Object.keys(labels ?? {}).length;
  return [
    ...(count > topologyLabelsMax ? [fieldError.tooMany(at, count, topologyLabelsMax)] : []),
    ...validateLabels(labels, at),
  ];
}

function validateEndpoint(at: FieldPath, endpoint: Endpoint, type: string): FieldError[] {
  const { hostname, nodeName } = endpoint;
  const addresses = endpoint.addresses ?? [];
  const addressesPath = at.child('addresses');
  const errors: FieldError[] = [];
  if (addresses.length === 0)
    errors.push(fieldError.required(addressesPath, 'must contain at least 1 address'));
  if (addresses.length > addressesMax) {
    errors.push(fieldError.tooMany(addressesPath, addresses.length, addressesMax));
  }
  return [
    ...errors,
    ...addresses.flatMap((address, i) => validateAddress(addressesPath.index(i), address, type)),
    ...validateTopology(at.child('deprecatedTopology'), endpoint.deprecatedTopology),
    ...definedName(at.child('nodeName'), nodeName, checkDns1123Subdomain),
    ...definedName(at.child('hostname'), hostname, checkDns1123Label),
    ...validateHints(at.child('hints'), endpoint.hints),
  ];
}

function validatePorts(ports: readonly EndpointPort[]): FieldError[] {
  const portsPath = FieldPath.of('ports');
  if (ports.length > portsMax) return [fieldError.tooMany(portsPath, ports.length, portsMax)];
  const names = new Set<string>();
  return ports.flatMap(({ name = '', port, protocol, appProtocol }, i) => {
    const at = portsPath.index(i);
    const errors = optionalName(at.child('name'), name, checkDns1123Label);
    if (names.has(name)) errors.push(fieldError.duplicate(at.child('name'), name));
    names.add(name);
    if (port !== undefined) append(errors, invalidEach(at.child('port'), port, checkInRange(port, 0, 65535)));
    return [
      ...errors,
      ...requiredOneOf(at.child('protocol'), protocol, protocols),
      ...definedName(at.child('appProtocol'), appProtocol, checkQualifiedName),
    ];
  });
}

/** Both lists are shown as null when they are empty, and clients send back what they were shown. */
function validate({ addressType, ...slice }: EndpointSlice): FieldError[] {
  const endpoints = slice.endpoints ?? [];
  const errors = requiredOneOf(FieldPath.of('addressType'), addressType, addressTypes);
  if (endpoints.length > endpointsMax) errors.push(fieldError.tooMany(path, endpoints.length, endpointsMax));
  else
    append(
      errors,
      endpoints.flatMap((endpoint, i) => validateEndpoint(path.index(i), endpoint, addressType)),
    );
  return [...errors, ...validatePorts(slice.ports ?? [])];
}

const ownManagers = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io'];

/** The addresses of what a controller of our own writes are those of pods and Endpoints, which have been looked at. */
function warnings({ addressType, endpoints, metadata }: EndpointSlice): string[] {
  if (addressType === 'FQDN') return ['addressType: FQDN endpoints are deprecated'];
  if (ownManagers.includes(metadata.labels?.['endpointslice.kubernetes.io/managed-by'] ?? '')) return [];
  return (endpoints ?? []).flatMap(({ addresses }, i) =>
    (addresses ?? []).flatMap((address, j) => ipWarnings(path.index(i).child('addresses').index(j), address)),
  );
}

export const endpointSliceResource = defineResource<EndpointSlice>({
  group: 'discovery.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.discovery.v1.EndpointSlice' }],
  kind: 'EndpointSlice',
  resource: 'endpointslices',
  singular: 'endpointslice',
  namespaced: true,
  strategy: {
    generation: true,
    setDefaults,
    warnings,
    validate,
    validateUpdate: (object, old) =>
      immutable(FieldPath.of('addressType'), object.addressType, old.addressType),
  },
  columns: [nameColumn, column('AddressType'), column('Ports'), column('Endpoints'), ageColumn],
  row: (object, nowMs) => [
    object.metadata.name,
    object.addressType,
    listText(
      (object.ports ?? []).map(({ port, name }) => (port === undefined ? (name ?? '*') : String(port))),
      shownMax,
    ),
    listText(
      (object.endpoints ?? []).flatMap(endpoint => endpoint.addresses),
      shownMax,
    ),
    age(object, nowMs),
  ],
});
