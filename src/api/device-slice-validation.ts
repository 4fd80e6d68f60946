import { append } from '#base/append.ts';
import { asInternal } from './internal-type.ts';
import { deepEqual } from '#base/equal.ts';
import { type FieldError, FieldPath, fieldError } from '#machinery/field.ts';
import { checkDns1123Label, checkDns1123Subdomain } from '#machinery/names.ts';
import { validateNodeSelector } from './core/pod/validate-scheduling.ts';
import { validateCapacity } from './device-capacity-validation.ts';
import {
  validateBindingConditions,
  validateDeviceQualifiedName,
  validateDeviceTaint,
  validateItems,
  validatePoolName,
  validateSet,
} from './device-validation.ts';
import type {
  Counter,
  Device,
  DeviceAttribute,
  ResourcePool,
  ResourceSlice,
  ResourceSliceSpec,
} from './generated/types/resource.v1.ts';
import { validateDriverName } from './storage-sources.ts';
import { immutable, invalidEach, requiredName } from './validation.ts';

const devicesMax = 128;
/** Of devices with taints or counters. */
const advancedDevicesMax = 64;
const counterSetsMax = 8;
const countersMax = 32;
const consumptionsMax = 2;
const attributesMax = 32;
const tooMany = `the total number of attributes and capacities must not exceed ${attributesMax}`;
const attributeLengthMax = 64;
const taintsMax = 16;
/** A domain, a slash and an identifier. */
const qualifiedNameMax = 63 + 1 + 32;
const path = FieldPath.of('spec');
const number = '(0|[1-9]\\d*)';
const preRelease = '(0|[1-9]\\d*|\\d*[a-zA-Z-][0-9a-zA-Z-]*)';
const semver = new RegExp(
  `^${number}\\.${number}\\.${number}(-${preRelease}(\\.${preRelease})*)?(\\+[0-9a-zA-Z-]+(\\.[0-9a-zA-Z-]+)*)?$`,
);

function validatePool(pool: ResourcePool | undefined): FieldError[] {
  const at = path.child('pool');
  const { name, resourceSliceCount: count = 0, generation = 0 } = pool ?? {};
  const errors = validatePoolName(at.child('name'), name);
  if (count <= 0) {
    errors.push(fieldError.invalid(at.child('resourceSliceCount'), count, 'must be greater than zero'));
  }
  if (generation < 0) {
    const detail = 'must be greater than or equal to zero';
    errors.push(fieldError.invalid(at.child('generation'), generation, detail));
  }
  return errors;
}

interface Places {
  readonly nodeName?: string;
  readonly nodeSelector?: Device['nodeSelector'];
  readonly allNodes?: boolean;
  readonly perDeviceNodeSelection?: boolean;
}

/** Where devices are: the ways that are set, and what is wrong with each. */
function validatePlaces(
  at: FieldPath,
  places: Places,
  emptyName: string,
): { set: string[]; errors: FieldError[] } {
  const { nodeName, nodeSelector } = places;
  const set: string[] = [];
  const errors: FieldError[] = [];
  if (nodeName === '') errors.push(fieldError.invalid(at.child('nodeName'), '', emptyName));
  else if (nodeName !== undefined) {
    set.push('`nodeName`');
    append(errors, invalidEach(at.child('nodeName'), nodeName, checkDns1123Subdomain(nodeName)));
  }
  if (nodeSelector) {
    set.push('`nodeSelector`');
    append(errors, validateNodeSelector(at.child('nodeSelector'), nodeSelector));
    const terms = nodeSelector.nodeSelectorTerms ?? [];
    // Of a slice's, as opposed to a device's.
    if (at === path && terms.length !== 1) {
      const where = at.child('nodeSelector', 'nodeSelectorTerms');
      const shown = nodeSelector.nodeSelectorTerms?.map(term => asInternal('core.NodeSelectorTerm', term));
      errors.push(fieldError.invalid(where, shown, 'must have exactly one node selector term'));
    }
  }
  for (const name of ['allNodes', 'perDeviceNodeSelection'] as const) {
    if (places[name]) set.push(`\`${name}\``);
    else if (places[name] === false) {
      errors.push(fieldError.invalid(at.child(name), false, 'must be either unset or set to true'));
    }
  }
  return { set, errors };
}

function validateSlicePlaces(spec: ResourceSliceSpec): FieldError[] {
  const { set, errors } = validatePlaces(path, spec, 'must be either unset or set to a non-empty string');
  const one = 'exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required';
  if (set.length === 0) errors.push(fieldError.required(path, one));
  if (set.length > 1) {
    errors.push(fieldError.invalid(path, `{${set.join(', ')}}`, `${one}, but multiple fields are set`));
  }
  return errors;
}

function validateDevicePlaces(at: FieldPath, device: Device, perDevice: boolean): FieldError[] {
  const { nodeName, nodeSelector, allNodes } = device;
  const places = {
    ...(nodeName === undefined ? {} : { nodeName }),
    ...(nodeSelector ? { nodeSelector } : {}),
    ...(allNodes === undefined ? {} : { allNodes }),
  };
  if (!perDevice) {
    if (Object.keys(places).length === 0) return [];
    const detail =
      '`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
    return [fieldError.invalid(at, null, detail)];
  }
  const { set, errors } = validatePlaces(at, places, 'must not be empty');
  const one =
    'exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec';
  if (set.length === 0) errors.push(fieldError.required(at, one));
  if (set.length > 1) errors.push(fieldError.invalid(at, `{${set.join(', ')}}`, one));
  return errors;
}

function validateText(at: FieldPath, value: string, isVersion: boolean): FieldError[] {
  const errors: FieldError[] = [];
  if (isVersion && !semver.test(value)) {
    errors.push(fieldError.invalid(at, value, 'must be a string compatible with semver.org spec 2.0.0'));
  }
  if (value.length > attributeLengthMax) errors.push(fieldError.tooLong(at, attributeLengthMax));
  return errors;
}

function validateAttribute(at: FieldPath, attribute: DeviceAttribute): FieldError[] {
  const { string, version } = attribute;
  const set = Object.values(attribute).filter(value => value !== undefined);
  const errors = [
    ...(string === undefined ? [] : validateText(at.child('string'), string, false)),
    ...(version === undefined ? [] : validateText(at.child('version'), version, true)),
  ];
  if (set.length === 1) return errors;
  const shown = set.length === 0 ? '' : asInternal('resource.DeviceAttribute', attribute);
  return [...errors, fieldError.invalid(at, shown, 'exactly one value must be specified')];
}

/** The place of a map's entry; of a name that is too long anyhow, without its middle. */
function keyPath(at: FieldPath, name: string, max: number): FieldPath {
  if (name.length <= max) return at.key(name);
  const rest = max - 3;
  return at.key(`${name.slice(0, Math.ceil(rest / 2))}...${name.slice(-Math.floor(rest / 2))}`);
}

function validateCounters(at: FieldPath, counters: Record<string, Counter> | undefined): FieldError[] {
  const names = Object.keys(counters ?? {});
  if (names.length === 0) return [fieldError.required(at)];
  if (names.length > countersMax) return [fieldError.tooMany(at, names.length, countersMax)];
  // Upstream names the map, not its entry.
  return names.flatMap(name => invalidEach(at, name, checkDns1123Label(name)));
}

function validateDeviceValues(at: FieldPath, device: Device, old: Device | undefined): FieldError[] {
  const { attributes = {}, capacity = {}, taints } = device;
  const shared = device.allowMultipleAllocations === true;
  const count = Object.keys(attributes).length + Object.keys(capacity).length;
  const [names, amounts] = [at.child('attributes'), at.child('capacity')];
  return [
    ...(count > attributesMax ? [fieldError.invalid(at, count, tooMany)] : []),
    ...Object.entries(attributes).flatMap(([name, attribute]) => {
      const here = keyPath(names, name, qualifiedNameMax);
      return [...validateDeviceQualifiedName(here, name), ...validateAttribute(here, attribute)];
    }),
    ...(old && deepEqual(old.capacity, device.capacity)
      ? []
      : Object.entries(capacity).flatMap(([name, one]) => {
          const here = keyPath(amounts, name, qualifiedNameMax);
          return [...validateDeviceQualifiedName(here, name), ...validateCapacity(here, one, shared)];
        })),
    ...(old && deepEqual(old.taints, taints)
      ? []
      : validateItems(at.child('taints'), taints, taintsMax, validateDeviceTaint)),
  ];
}

function validateDevice(at: FieldPath, device: Device, old: Device | undefined, perDevice: boolean) {
  return [
    ...invalidEach(at.child('name'), device.name, checkDns1123Label(device.name)),
    ...validateDeviceValues(at, device, old),
    ...validateSet(
      at.child('consumesCounters'),
      device.consumesCounters,
      consumptionsMax,
      consumption => consumption.counterSet,
      (here, { counterSet, counters }) => [
        ...requiredName(here.child('counterSet'), counterSet, checkDns1123Label),
        ...validateCounters(here.child('counters'), counters),
      ],
    ),
    ...validateDevicePlaces(at, device, perDevice),
    ...validateBindingConditions(at, device.bindingConditions, device.bindingFailureConditions),
  ];
}

function isAdvanced({ taints, consumesCounters }: Device): boolean {
  return (taints?.length ?? 0) > 0 || (consumesCounters?.length ?? 0) > 0;
}

/** Lists of values (KEP-5491) and resources of the node (KEP-5517) are off by default, and not kept. */
export function dropDisabledDeviceFields({ spec }: ResourceSlice): void {
  for (const device of spec?.devices ?? []) {
    delete device.nodeAllocatableResourceMappings;
    for (const attribute of Object.values(device.attributes ?? {})) {
      for (const name of ['bools', 'ints', 'strings', 'versions'] as const) delete attribute[name];
    }
  }
}

/** What says which slice it is does not change. */
function validateIdentity(spec: ResourceSliceSpec, old: ResourceSliceSpec): FieldError[] {
  return [
    ...immutable(path.child('pool', 'name'), spec.pool?.name, old.pool?.name),
    ...immutable(path.child('driver'), spec.driver, old.driver),
    ...immutable(path.child('nodeName'), spec.nodeName, old.nodeName),
  ];
}

/** What a driver publishes of its devices, created or updated. */
export function validateResourceSlice({ spec }: ResourceSlice, old?: ResourceSlice): FieldError[] {
  const devices = spec.devices ?? [];
  const before = new Map((old?.spec.devices ?? []).map(device => [device.name, device]));
  const perDevice = spec.perDeviceNodeSelection === true;
  return [
    ...validateDriverName(path.child('driver'), spec.driver),
    ...validatePool(spec.pool),
    ...(old ? validateIdentity(spec, old.spec) : []),
    ...validateSlicePlaces(spec),
    ...(spec.sharedCounters && spec.devices
      ? [fieldError.invalid(path, '', 'only one of `sharedCounters` or `devices` is allowed')]
      : []),
    ...validateSet(
      path.child('devices'),
      devices,
      devices.some(isAdvanced) ? advancedDevicesMax : devicesMax,
      device => device.name,
      (at, device) => validateDevice(at, device, before.get(device.name), perDevice),
    ),
    ...validateSet(
      path.child('sharedCounters'),
      spec.sharedCounters,
      counterSetsMax,
      set => set.name,
      (at, set) => [
        ...requiredName(at.child('name'), set.name, checkDns1123Label),
        ...validateCounters(at.child('counters'), set.counters),
      ],
    ),
  ];
}
