import { age, ageColumn, column, listText, nameColumn } from '../columns.ts';
import { deepEqual } from '#base/equal.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type {
  Endpoint,
  EndpointHints,
  EndpointPort,
  EndpointSlice,
} from '../generated/types/discovery.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkIp, checkLegacyIp, familyOf } from '#machinery/ip.ts';
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkLabelValue,
  checkQualifiedName,
} from '#machinery/names.ts';
import { validateAddressScope } from '../address-validation.ts';
import { ipWarnings } from '../address-warnings.ts';
import {
  definedName,
  immutable,
  invalidEach,
  optionalName,
  optionalOneOf,
  repeats,
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
  const zones = validateHintNames(at.child('forZones'), hints?.forZones, checkLabelValue);
  if ((hints?.forZones?.length ?? 0) > hintsMax) return zones;
  return [...zones, ...validateHintNames(at.child('forNodes'), hints?.forNodes, checkDns1123Subdomain)];
}

function validateHintNames(
  at: FieldPath,
  hints: readonly { readonly name: string }[] = [],
  check: (name: string) => string[],
): FieldError[] {
  if (hints.length > hintsMax) return [fieldError.tooMany(at, hints.length, hintsMax)];
  const isRepeated = repeats(hints.map(({ name }) => name));
  return hints.flatMap(({ name }, i) => {
    const namePath = at.index(i).child('name');
    return [
      ...(isRepeated[i] ? [fieldError.duplicate(namePath, name)] : []),
      ...invalidEach(namePath, name, check(name)),
    ];
  });
}

/** Of another family than the slice's, upstream names the list. */
function validateAddress(list: FieldPath, i: number, address: string, type: string): FieldError[] {
  const at = list.index(i);
  if (type === 'FQDN') return validateDomainName(at, address);
  if (type !== 'IPv4' && type !== 'IPv6') return [];
  const errors = invalidEach(at, address, type === 'IPv4' ? checkLegacyIp(address) : checkIp(address));
  if (errors.length > 0) return errors;
  const isOther = type !== familyOf(address);
  return [
    ...(isOther ? [fieldError.invalid(list, address, `must be an ${type} address`)] : []),
    ...validateAddressScope(at, address),
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
    ...addresses.flatMap((address, i) => validateAddress(addressesPath, i, address, type)),
    ...definedName(at.child('nodeName'), nodeName, checkDns1123Subdomain),
    ...definedName(at.child('hostname'), hostname, checkDns1123Label),
    ...validateHints(at.child('hints'), endpoint.hints),
  ];
}

function validatePorts(ports: readonly EndpointPort[]): FieldError[] {
  const portsPath = FieldPath.of('ports');
  if (ports.length > portsMax) return [fieldError.tooMany(portsPath, ports.length, portsMax)];
  const names = new Set<string>();
  return ports.flatMap(({ name = '', protocol, appProtocol }, i) => {
    const at = portsPath.index(i);
    const errors = optionalName(at.child('name'), name, checkDns1123Label);
    if (names.has(name)) errors.push(fieldError.duplicate(at.child('name'), name));
    names.add(name);
    return [
      ...errors,
      ...optionalOneOf(at.child('protocol'), protocol, protocols),
      ...definedName(at.child('appProtocol'), appProtocol, checkQualifiedName),
    ];
  });
}

function validateEndpoints(endpoints: readonly Endpoint[], type: string): FieldError[] {
  if (endpoints.length > endpointsMax) return [fieldError.tooMany(path, endpoints.length, endpointsMax)];
  return endpoints.flatMap((endpoint, i) => validateEndpoint(path.index(i), endpoint, type));
}

/**
 * Both lists are shown as null when they are empty, and clients send back what they were shown. Endpoints that an update
 * leaves as they were are taken.
 */
function validate(slice: EndpointSlice, _context: StrategyContext, old?: EndpointSlice): FieldError[] {
  const errors = validateEndpoints(slice.endpoints ?? [], slice.addressType);
  const isKept = errors.length > 0 && old !== undefined && deepEqual(slice.endpoints, old.endpoints);
  return [
    ...requiredOneOf(FieldPath.of('addressType'), slice.addressType, addressTypes),
    ...validatePorts(slice.ports ?? []),
    ...(isKept ? [] : errors),
  ];
}

/** What was the topology of an endpoint in v1beta1 is not for clients of v1 to write. */
function dropTopology({ endpoints }: EndpointSlice, old?: EndpointSlice): void {
  const topological = endpoints?.filter(endpoint => endpoint.deprecatedTopology) ?? [];
  if (topological.length === 0 || (old && deepEqual(endpoints, old.endpoints))) return;
  for (const endpoint of topological) delete endpoint.deprecatedTopology;
}

/** Labels count too, and what is dropped then. */
function prepareForUpdate(slice: EndpointSlice, old: EndpointSlice): void {
  const own = ({ metadata, ...rest }: EndpointSlice) => ({ ...rest, labels: metadata.labels ?? {} });
  if (!deepEqual(own(slice), own(old))) slice.metadata.generation = (old.metadata.generation ?? 0) + 1;
  dropTopology(slice, old);
}

const ownManagers = ['endpointslice-controller.k8s.io', 'endpointslicemirroring-controller.k8s.io'];

/** The addresses of what a controller of our own writes are those of pods and Endpoints, which have been looked at. */
function warnings({ addressType, endpoints, metadata }: EndpointSlice, old?: EndpointSlice): string[] {
  if (addressType === 'FQDN') return old ? [] : ['spec.addressType: FQDN endpoints are deprecated'];
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
    metadataPasses: { update: ['create'] },
    generation: 'first',
    setDefaults,
    prepareForCreate: slice => dropTopology(slice),
    prepareForUpdate,
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
