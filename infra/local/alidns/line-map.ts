import { BlockList, isIP } from 'node:net';
import { DEFAULT_LINE } from './line';

/** Addresses of a network are on a line. */
export interface LineRule {
  /** As `127.80.0.0/16`. */
  readonly network: string;
  readonly line: string;
}

const familyOf = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Line of an address: that of the first rule that fits, else `default`. Throws `TypeError` for a network that is none. */
export function lineMap(rules: readonly LineRule[]): (address: string) => string {
  const networks = rules.map(({ network, line }) => {
    const [address = '', prefix = ''] = network.split('/');
    if (isIP(address) === 0 || !/^\d+$/.test(prefix))
      throw new TypeError(`${network} is not a network as 127.80.0.0/16.`);
    const list = new BlockList();
    list.addSubnet(address, Number(prefix), familyOf(address));
    return { list, line };
  });
  return (address) =>
    isIP(address) === 0
      ? DEFAULT_LINE
      : (networks.find(({ list }) => list.check(address, familyOf(address)))?.line ?? DEFAULT_LINE);
}
