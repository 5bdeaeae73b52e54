// node run.mjs FOLDER: opens check.html with FOLDER served at /job/, prints what the page found as one line of JSON.
// test_browser.py writes the folder and judges the answer.
import { join } from 'node:path';
import { outcomeOf } from './open.mjs';

const job = process.argv[2];

/** web-llm asks for MODEL/resolve/main/FILE, as on Hugging Face. */
const fileOf = (/** @type {string} */ path) => join(job, path.replace('resolve/main/', ''));

console.log(JSON.stringify(await outcomeOf('check', fileOf)));
