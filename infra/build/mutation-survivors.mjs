// Lists what lives in mutation reports: `node infra/build/mutation-survivors.mjs [reports/mutation.json …]`.
import { readFileSync } from 'node:fs';

const names = process.argv.slice(2);
const reports = names.length === 0 ? ['reports/mutation.json'] : names;
const files = Object.assign(
  {},
  ...reports.map((name) => JSON.parse(readFileSync(name, 'utf8')).files),
);
const isAlive = ({ status }) => status === 'Survived' || status === 'NoCoverage';
const isDead = ({ status }) => status === 'Killed' || status === 'Timeout';

const cut = (source, { start, end }) =>
  source
    .split('\n')
    .slice(start.line - 1, end.line)
    .map((line, index, lines) =>
      line.slice(
        index === 0 ? start.column - 1 : 0,
        index === lines.length - 1 ? end.column - 1 : undefined,
      ),
    )
    .join(' ');
const brief = (text) => text.replaceAll(/\s+/gu, ' ').replaceAll('|', '\\|').slice(0, 90);

const counts = {};
const lines = [];
for (const [name, { source, mutants }] of Object.entries(files)) {
  const folder = name.split('/')[1] ?? name;
  const count = (counts[folder] ??= { dead: 0, alive: 0 });
  count.dead += mutants.filter(isDead).length;
  const living = mutants.filter(isAlive);
  count.alive += living.length;
  for (const { location, replacement } of living)
    lines.push(
      `| \`${name.replace('shared/', '')}:${location.start.line}\` | \`${brief(cut(source, location))}\` | \`${brief(replacement ?? '')}\` |`,
    );
}

const share = ({ dead, alive }) => ((100 * dead) / (dead + alive)).toFixed(1);
console.log('| Folder | Mutants | Killed | Score |\n|---|---|---|---|');
for (const [folder, count] of Object.entries(counts))
  console.log(
    `| \`${folder}/\` | ${count.dead + count.alive} | ${count.dead} | ${share(count)} % |`,
  );
console.log(`\n${lines.length} live:\n\n| Where | Code | Instead |\n|---|---|---|`);
console.log(lines.join('\n'));
