import type { Strategy } from '../../definition.ts';
import type { Service } from '../../generated/types/core.v1.ts';
import { setServiceDefaults } from './defaults.ts';

/** How services are admitted. Cluster addresses and node ports are allocated by the API server. */
export const serviceStrategy: Strategy<Service> = {
  nameRule: 'dns1035Label',
  allowCreateOnUpdate: true,
  generation: false,
  setDefaults: setServiceDefaults,
};
