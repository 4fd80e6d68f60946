import { age, ageColumn, column, listText, nameColumn } from '../columns.ts';
import { type StrategyContext, defineResource } from '../definition.ts';
import type { Endpoint, EndpointPort, EndpointSlice } from '../generated/types/discovery.v1.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkLegacyIp } from '#machinery/ip.ts';
import {
  checkDns1123Label,
  checkDns1123Subdomain,
  checkInRange,
  checkQualifiedName,
} from '#machinery/names.ts';
import { validateAddressScope } from '../address-validation.ts';
import { immutable, invalidEach, optionalName, requiredOneOf } from '../validation.ts';

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
const path = FieldPath.of('endpoints');

function validateAddress(at: FieldPath, address: string, type: string): FieldError[] {
  if (type === 'FQDN') return invalidEach(at, address, checkDns1123Subdomain(address.replace(/\.$/, '')));
  const errors = invalidEach(at, address, checkLegacyIp(address));
  if (errors.length === 0 && (type === 'IPv6') !== address.includes(':')) {
    errors.push(fieldError.invalid(at, address, `must be an ${type} address`));
  }
  return errors.length > 0 ? errors : validateAddressScope(at, address);
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
    ...optionalName(at.child('nodeName'), nodeName, checkDns1123Subdomain),
    ...optionalName(at.child('hostname'), hostname, checkDns1123Label),
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
    if (port !== undefined) errors.push(...invalidEach(at.child('port'), port, checkInRange(port, 0, 65535)));
    return [
      ...errors,
      ...requiredOneOf(at.child('protocol'), protocol, protocols),
      ...optionalName(at.child('appProtocol'), appProtocol, checkQualifiedName),
    ];
  });
}

/** Both lists are shown as null when they are empty, and clients send back what they were shown. */
function validate({ addressType, ...slice }: EndpointSlice): FieldError[] {
  const endpoints = slice.endpoints ?? [];
  const errors = requiredOneOf(FieldPath.of('addressType'), addressType, addressTypes);
  if (endpoints.length > endpointsMax) errors.push(fieldError.tooMany(path, endpoints.length, endpointsMax));
  else
    errors.push(
      ...endpoints.flatMap((endpoint, i) => validateEndpoint(path.index(i), endpoint, addressType)),
    );
  return [...errors, ...validatePorts(slice.ports ?? [])];
}

function warnOfAddresses({ addressType }: EndpointSlice, context: StrategyContext): void {
  if (addressType === 'FQDN') context.warn('addressType: FQDN endpoints are deprecated');
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
    prepareForCreate: warnOfAddresses,
    prepareForUpdate: (object, _old, context) => warnOfAddresses(object, context),
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
