import { portsConflict } from '../../framework/node-info.ts';
import type { Plugin, Rejection } from '../../framework/plugin.ts';

const rejection: Rejection = {
  plugin: 'NodePorts',
  code: 'Unschedulable',
  reasons: ["node(s) didn't have free ports for the requested pod ports"],
};

/** Only where the pod's host ports are free. */
export function nodePorts(): Plugin {
  return {
    name: 'NodePorts',
    nodeLocal: true,
    preFilter({ hostPorts }) {
      if (hostPorts.length === 0) return undefined;
      return { test: node => (hostPorts.some(port => node.portTaken(port)) ? rejection : undefined) };
    },
    mayCure: (event, { hostPorts }) =>
      event.type === 'nodeAdded' ||
      (event.type === 'podFreed' &&
        event.pod.hostPorts.some(freed => hostPorts.some(port => portsConflict(port, freed)))),
  };
}
