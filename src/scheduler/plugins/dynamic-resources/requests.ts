/** What a claim asks for, ready to be looked for. */
import { toleratesDeviceTaint } from '#api/device-taints.ts';
import { DeviceSelectorError, selectsDevice } from '#api/device-selector.ts';
import type {
  DeviceClass,
  DeviceRequest,
  DeviceSelector,
  DeviceSubRequest,
  ExactDeviceRequest,
  ResourceClaim,
} from '#api/generated/types/resource.v1.ts';
import { objectKey } from '#machinery/object.ts';
import type { PublishedDevice } from './pools.ts';

/** Why no node at all, or not this one, can have what a claim asks for. */
export class AllocationError extends Error {
  override readonly name: string = 'AllocationError';
}

/** One way to fulfil a request: most have one, others a list of them, best first (KEP-4816). */
export class Choice {
  /** 'request', or 'request/subrequest'. */
  readonly name: string;
  readonly request: string;
  readonly asked: ExactDeviceRequest | DeviceSubRequest;
  readonly adminAccess: boolean;
  readonly deviceClass: DeviceClass;
  readonly #claim: ResourceClaim;
  readonly #known = new Map<object, boolean>();

  constructor(
    claim: ResourceClaim,
    request: DeviceRequest,
    asked: ExactDeviceRequest | DeviceSubRequest,
    deviceClass: DeviceClass,
  ) {
    this.request = request.name;
    this.name = 'name' in asked ? `${request.name}/${asked.name}` : request.name;
    this.asked = asked;
    this.adminAccess = 'adminAccess' in asked && asked.adminAccess === true;
    this.deviceClass = deviceClass;
    this.#claim = claim;
  }

  /** Undefined: all that there are. */
  get count(): number | undefined {
    return this.asked.allocationMode === 'All' ? undefined : (this.asked.count ?? 1);
  }

  /** As errors name it. */
  get title(): string {
    return `claim ${objectKey(this.#claim)}, request ${this.name.slice(this.name.indexOf('/') + 1)}`;
  }

  /** Whether the device is what is asked for, and may be had. Throws AllocationError. */
  wants({ device, pool }: PublishedDevice): boolean {
    let known = this.#known.get(device);
    if (known === undefined) {
      const { selectors = [], tolerations = [] } = this.asked;
      const className = this.deviceClass.metadata.name;
      const select = (list: readonly DeviceSelector[], whose: string) =>
        list.every(({ cel }, i) => {
          try {
            return selectsDevice(cel!.expression, pool.driver, device);
          } catch (error) {
            if (!(error instanceof DeviceSelectorError)) throw error;
            throw new AllocationError(`${whose}: selector #${i}: ${error.message}`, { cause: error });
          }
        });
      known =
        select(this.deviceClass.spec.selectors ?? [], `class ${className}`) &&
        select(selectors, `claim ${objectKey(this.#claim)}`) &&
        (device.taints ?? []).every(
          taint =>
            (taint.effect !== 'NoSchedule' && taint.effect !== 'NoExecute') ||
            tolerations.some(toleration => toleratesDeviceTaint(toleration, taint)),
        );
      this.#known.set(device, known);
    }
    return known;
  }
}

/** A claim, with the choices of each of its requests. */
export interface ClaimPlan {
  readonly claim: ResourceClaim;
  readonly requests: readonly (readonly Choice[])[];
}

/** Throws AllocationError where there is no such class. */
export function planClaim(
  claim: ResourceClaim,
  classOf: (name: string) => DeviceClass | undefined,
): ClaimPlan {
  const choiceOf = (request: DeviceRequest, asked: ExactDeviceRequest | DeviceSubRequest) => {
    const deviceClass = classOf(asked.deviceClassName);
    if (deviceClass) return new Choice(claim, request, asked, deviceClass);
    const name = 'name' in asked ? `${request.name}/${asked.name}` : request.name;
    throw new AllocationError(`request ${name}: device class ${asked.deviceClassName} does not exist`);
  };
  const requests = (claim.spec.devices?.requests ?? []).map(request =>
    (request.exactly ? [request.exactly] : (request.firstAvailable ?? [])).map(asked =>
      choiceOf(request, asked),
    ),
  );
  return { claim, requests };
}
