/** Resolves once `condition` holds; rejects with what was waited for, and what there was instead, when it does not within `patienceMs`. */
export async function until(
  condition: () => boolean | Promise<boolean>,
  patienceMs: number,
  what: string,
  instead: () => string = () => '',
): Promise<void> {
  const deadline = Date.now() + patienceMs;
  while (!(await condition())) {
    if (Date.now() > deadline)
      throw new Error(`Waited ${patienceMs} ms in vain until ${what}. ${instead()}`.trim());
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
