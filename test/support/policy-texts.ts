/** A small valid policy; what is given goes into its only pool. */
export const policyText = (pool = 'mode: observe', region = 'cn-hangzhou'): string =>
  `version: 1
region: ${region} # where we are
store: { kind: file, path: state }
pools:
  - { name: web, targets: [{ loadBalancer: lb-1 }], ${pool} }
`;
