import { append } from '#base/append.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkInterfaceAddress } from '#machinery/ip.ts';
import { checkDns1123Label } from '#machinery/names.ts';
import { validateNodeSelector } from './core/pod/validate-scheduling.ts';
import {
  requestNamesOf,
  validateRequestReference,
  validateRequestReferences,
} from './device-claim-validation.ts';
import {
  validateBindingConditions,
  validateConfiguration,
  validateItems,
  validatePoolName,
  validateRawObject,
  validateSet,
  validateUid,
} from './device-validation.ts';
import type {
  AllocatedDeviceStatus,
  AllocationResult,
  DeviceRequestAllocationResult,
  NetworkDeviceData,
  ResourceClaim,
  ResourceClaimConsumerReference,
} from './generated/types/resource.v1.ts';
import { validateAdminAccess } from './admin-access.ts';
import { validateConditions } from './condition-validation.ts';
import type { StrategyContext } from './definition.ts';
import { validateDriverName } from './storage-sources.ts';
import { immutable, invalidEach, requiredOneOf } from './validation.ts';

const reservedForMax = 256;
const resultsMax = 32;
const configsMax = 64;
const conditionsMax = 8;
const ipsMax = 16;
const interfaceNameMax = 256;
const hardwareAddressMax = 128;
const status = FieldPath.of('status');

type DeviceId = Pick<AllocatedDeviceStatus, 'driver' | 'pool' | 'device' | 'shareID'>;

export function deviceIdOf({ driver, pool, device, shareID }: DeviceId): string {
  return `${driver}/${pool}/${device}${shareID ? `/${shareID}` : ''}`;
}

/** The devices that the claim has no more. */
export function freedDevices({ status }: ResourceClaim, old: ResourceClaim): ReadonlySet<string> {
  const freed = new Set((old.status?.allocation?.devices?.results ?? []).map(deviceIdOf));
  for (const result of status?.allocation?.devices?.results ?? []) freed.delete(deviceIdOf(result));
  return freed;
}

/** Whoever frees a claim's devices need not know that drivers have reported of them. */
export function dropFreedDevices(claim: ResourceClaim, old: ResourceClaim): void {
  const { status } = claim;
  if (!status?.devices) return;
  const freed = freedDevices(claim, old);
  const kept = status.devices.filter(device => !freed.has(deviceIdOf(device)));
  if (kept.length > 0) status.devices = kept;
  else delete status.devices;
}

function validateConsumer(path: FieldPath, consumer: ResourceClaimConsumerReference): FieldError[] {
  return (['resource', 'name', 'uid'] as const).flatMap(name =>
    consumer[name] ? [] : [fieldError.required(path.child(name))],
  );
}

function validateDeviceId(path: FieldPath, { driver, pool, device, shareID }: DeviceId): FieldError[] {
  return [
    ...validateDriverName(path.child('driver'), driver),
    ...validatePoolName(path.child('pool'), pool),
    ...invalidEach(path.child('device'), device, checkDns1123Label(device)),
    ...(shareID === undefined ? [] : validateUid(path.child('shareID'), shareID)),
  ];
}

function validateResult(
  path: FieldPath,
  result: DeviceRequestAllocationResult,
  names: ReadonlySet<string>,
): FieldError[] {
  return [
    ...validateRequestReference(path.child('request'), result.request, names),
    ...validateDeviceId(path, result),
    ...validateBindingConditions(path, result.bindingConditions, result.bindingFailureConditions),
  ];
}

function validateAllocation(allocation: AllocationResult, names: ReadonlySet<string>): FieldError[] {
  const path = status.child('allocation');
  const at = path.child('devices');
  const { devices, nodeSelector } = allocation;
  return [
    ...validateItems(at.child('results'), devices?.results, resultsMax, (here, result) =>
      validateResult(here, result, names),
    ),
    ...validateItems(at.child('config'), devices?.config, configsMax, (here, config) => [
      ...requiredOneOf(here.child('source'), config.source, ['FromClaim', 'FromClass']),
      ...validateRequestReferences(here.child('requests'), config.requests, names),
      ...validateConfiguration(here, config),
    ]),
    ...(nodeSelector ? validateNodeSelector(path.child('nodeSelector'), nodeSelector) : []),
  ];
}

function validateNetwork(path: FieldPath, network: NetworkDeviceData | undefined): FieldError[] {
  if (!network) return [];
  const { interfaceName = '', hardwareAddress = '', ips } = network;
  const errors: FieldError[] = [];
  if (interfaceName.length > interfaceNameMax) {
    errors.push(fieldError.tooLong(path.child('interfaceName'), interfaceNameMax));
  }
  if (hardwareAddress.length > hardwareAddressMax) {
    errors.push(fieldError.tooLong(path.child('hardwareAddress'), hardwareAddressMax));
  }
  return [
    ...errors,
    ...validateSet(
      path.child('ips'),
      ips,
      ipsMax,
      ip => ip,
      (at, ip) => invalidEach(at, ip, checkInterfaceAddress(ip)),
    ),
  ];
}

function validateDevice(
  path: FieldPath,
  device: AllocatedDeviceStatus,
  allocated: ReadonlySet<string>,
): FieldError[] {
  const { data, networkData } = device;
  // It has no `omitempty`: what was not sent is null.
  const conditions = device.conditions ?? [];
  const errors = validateDeviceId(path, device);
  if (!allocated.has(deviceIdOf(device))) {
    const { driver, pool, device: name, shareID = '' } = device;
    const shown = { Driver: driver, Pool: pool, Device: name, ShareID: shareID };
    errors.push(fieldError.invalid(path, shown, 'must be an allocated device in the claim'));
  }
  if (conditions.length > conditionsMax) {
    errors.push(fieldError.tooMany(path.child('conditions'), conditions.length, conditionsMax));
  }
  append(errors, validateConditions(path.child('conditions'), conditions));
  if (data !== undefined && data !== null) append(errors, validateRawObject(path.child('data'), data));
  return [...errors, ...validateNetwork(path.child('networkData'), networkData)];
}

function validateReservations(claim: ResourceClaim, old: ResourceClaim): FieldError[] {
  const reserved = claim.status?.reservedFor ?? [];
  const path = status.child('reservedFor');
  if (reserved.length === 0) return [];
  if (!claim.status?.allocation) {
    return [fieldError.forbidden(path, 'may not be specified when `allocated` is not set')];
  }
  if (!claim.metadata.deletionTimestamp) return [];
  const before = new Map(old.status?.reservedFor?.map(consumer => [consumer.uid, consumer]));
  if (reserved.every(consumer => deepEqual(consumer, before.get(consumer.uid)))) return [];
  const detail = 'new entries may not be added while `deallocationRequested` or `deletionTimestamp` are set';
  return [fieldError.forbidden(path, detail)];
}

/** What the scheduler, controllers and drivers report of a claim. */
export function validateClaimStatusUpdate(
  claim: ResourceClaim,
  old: ResourceClaim,
  context: StrategyContext,
): FieldError[] {
  const { reservedFor, devices, allocation } = claim.status ?? {};
  const before = old.status?.allocation;
  const allocated = new Set((allocation?.devices?.results ?? []).map(deviceIdOf));
  const errors = [
    ...validateSet(status.child('reservedFor'), reservedFor, reservedForMax, c => c.uid, validateConsumer),
    ...validateSet(status.child('devices'), devices, Number.POSITIVE_INFINITY, deviceIdOf, (at, device) =>
      validateDevice(at, device, allocated),
    ),
    ...validateReservations(claim, old),
  ];
  if (!allocation) return errors;
  if (before)
    return [
      ...errors,
      ...immutable(status.child('allocation'), allocation, before, 'resource.AllocationResult'),
    ];
  const at = status.child('allocation', 'devices', 'results');
  const granted = (allocation.devices?.results ?? []).map((result, i) => [result, at.index(i)] as const);
  return [
    ...errors,
    ...validateAllocation(allocation, requestNamesOf(claim.spec?.devices)),
    ...validateAdminAccess(granted, context),
  ];
}
