// Reads and writes the sandbox's GitHub with octokit: lists page by page, git
// objects and branches, GraphQL, and what is refused.
import { graphql } from '@octokit/graphql';
import { Octokit } from '@octokit/rest';
import { check, done, refused } from './check.mjs';

const { GITHUB_API_URL: baseUrl, UNJUDGED_API_URL: unjudged, GITHUB_REPOSITORY: home, TOKEN, APP_TOKEN, WORKFLOW_TOKEN } = process.env;
const [owner, repo] = home.split('/');
const log = { debug() {}, info() {}, warn() {}, error() {} };
const as = (auth) => new Octokit({ auth, baseUrl, log });
const everything = as(TOKEN);

// --- Lists.

const list = everything.rest.securityAdvisories.listOrgRepositoryAdvisories;
const whole = await list({ org: owner, state: 'draft', per_page: 100 });
const ids = (advisories) => advisories.map((a) => a.ghsa_id);
check('the list of drafts is long', whole.data.length > 10, whole.data.length);
check('all of them are drafts', whole.data.every((a) => a.state === 'draft'));
check('a short list has no link', whole.headers.link === undefined, whole.headers.link);
check('the headers tell the limit', Number(whole.headers['x-ratelimit-remaining']) > 0 && Number(whole.headers['x-ratelimit-limit']) === 5000);
for (const per_page of [1, 3, 7, whole.data.length]) {
  const pages = [];
  for await (const { data } of everything.paginate.iterator(list, { org: owner, state: 'draft', per_page })) pages.push(data);
  check(`pages of ${per_page}`, pages.length === Math.ceil(whole.data.length / per_page) && pages.every((p) => p.length <= per_page), pages.map((p) => p.length));
  check(`pages of ${per_page} hold the same`, ids(pages.flat()).join() === ids(whole.data).join());
}
const upwards = await everything.paginate(list, { org: owner, state: 'draft', per_page: 4, direction: 'asc' });
check('the other direction', ids(upwards).reverse().join() === ids(whole.data).join());
const other = await list({ org: owner, per_page: 2 });
const back = await everything.request(/<([^>]+)>; rel="next"/.exec(other.headers.link)[1]);
check('a second page leads back', /rel="prev"/.test(back.headers.link), back.headers.link);

const [, , aOwner, aRepo] = new URL(whole.data[0].url).pathname.split('/'); // /repos/OWNER/REPO/...
const one = await everything.rest.securityAdvisories.getRepositoryAdvisory({ owner: aOwner, repo: aRepo, ghsa_id: whole.data[0].ghsa_id });
check('an advisory by name is the one of the list', one.data.html_url === whole.data[0].html_url, one.data.html_url);
const there = await everything.paginate(everything.rest.securityAdvisories.listRepositoryAdvisories, { owner: aOwner, repo: aRepo, state: 'draft', per_page: 1 });
check("a repository's list", ids(there).includes(one.data.ghsa_id), ids(there));

const app = as(APP_TOKEN);
const installed = await app.paginate(app.rest.apps.listReposAccessibleToInstallation, { per_page: 3 });
const first = await app.rest.apps.listReposAccessibleToInstallation({ per_page: 3 });
check("an app's repositories, page by page", installed.length === first.data.total_count && installed.length > 3, installed.length);

// --- Single things.

const me = await everything.rest.users.getAuthenticated();
check('whose token it is', me.data.type === 'User' && /repo/.test(me.headers['x-oauth-scopes']), me.headers);
const membership = await everything.rest.orgs.getMembershipForAuthenticatedUser({ org: owner });
check('a membership', membership.data.role === 'admin' && membership.data.state === 'active', membership.data);
check('the limits', (await everything.rest.rateLimit.get()).data.resources.graphql.limit > 0);
const renamed = await everything.rest.repos.get({ owner, repo: 'campus-theme' });
check('a rename is followed', renamed.data.name === 'theme-kit', renamed.data.name);
check('nothing there', (await refused('404', everything.rest.repos.get({ owner, repo: 'no-such' }))).status === 404);
const wrong = await refused('a wrong token', as('wrong').rest.users.getAuthenticated());
check('a wrong token', wrong.status === 401 && wrong.response.data.message === 'Bad credentials', wrong.message);
const forbidden = await refused('no right to write', app.rest.git.createBlob({ owner, repo, content: 'x' }));
check('no right to write', forbidden.status === 403, forbidden.message);

// --- git.

const writer = as(WORKFLOW_TOKEN);
const git = writer.rest.git;
const at = { owner, repo };
const main = await git.getRef({ ...at, ref: 'heads/main' });
const tip = (await writer.rest.repos.getBranch({ ...at, branch: 'main' })).data.commit.commit;
const tree = await git.getTree({ ...at, tree_sha: tip.tree.sha, recursive: '1' });
check('a tree', tree.data.tree.length > 0 && tree.data.truncated === false, tree.data);
const file = tree.data.tree.find((e) => e.type === 'blob');
const blob = await git.getBlob({ ...at, file_sha: file.sha });
const text = Buffer.from(blob.data.content, blob.data.encoding).toString();
check('a blob', text.length === blob.data.size || Buffer.byteLength(text) === blob.data.size, blob.data);
const raw = await writer.rest.repos.getContent({ ...at, path: file.path, ref: 'main', mediaType: { format: 'raw' } });
check('its raw text', raw.data === text, raw.data);
const content = await writer.rest.repos.getContent({ ...at, path: file.path, ref: 'main' });
check('its content', Buffer.from(content.data.content, 'base64').toString() === text && file.path.endsWith(content.data.name), content.data);
check('its content at HEAD', (await writer.rest.repos.getContent({ ...at, path: file.path })).data.sha === file.sha);

const made = await git.createBlob({ ...at, content: Buffer.from('für\0\n').toString('base64'), encoding: 'base64' });
const with1 = await git.createTree({ ...at, base_tree: tip.tree.sha, tree: [{ path: 'a/b.txt', mode: '100644', type: 'blob', sha: made.data.sha }] });
const commit = await git.createCommit({ ...at, message: 'One\n\nwith a body', tree: with1.data.sha, parents: [main.data.object.sha] });
const branch = await git.createRef({ ...at, ref: 'refs/heads/of-a-client', sha: commit.data.sha });
check('a new branch', branch.status === 201 && branch.data.object.sha === commit.data.sha, branch.data);
check('its tip', (await writer.rest.repos.getBranch({ ...at, branch: 'of-a-client' })).data.commit.sha === commit.data.sha);
check('a branch that is there', (await refused('twice', git.createRef({ ...at, ref: 'refs/heads/of-a-client', sha: commit.data.sha }))).status === 422);

// --- GraphQL.

const query = graphql.defaults({ baseUrl, headers: { authorization: `token ${TOKEN}` } });
const teams = `query($org: String!, $size: Int!, $after: String) {
  organization(login: $org) { teams(first: $size, after: $after) { totalCount nodes { slug } pageInfo { hasNextPage endCursor } } }
}`;
const slugs = [];
let page, after;
do {
  page = (await query(teams, { org: owner, size: 2, after })).organization.teams;
  slugs.push(...page.nodes.map((t) => t.slug));
  after = page.pageInfo.endCursor;
} while (page.pageInfo.hasNextPage);
check('teams, page by page', slugs.length === page.totalCount && new Set(slugs).size === slugs.length && slugs.length > 4, slugs);

const read = await query(
  `{ repository(owner: "${owner}", name: "campus-platform") { isArchived object(expression: "HEAD:catalog-info.yaml") { __typename ... on Blob { text } } } rateLimit { remaining } }`,
);
check('a file at HEAD', read.repository.object.__typename === 'Blob' && /owner:/.test(read.repository.object.text), read);
const partial = await refused('half an answer', query(`{ a: repository(owner: "${owner}", name: "theme-kit") { name } b: repository(owner: "${owner}", name: "no-such") { name } }`));
check('an error beside data', partial.name === 'GraphqlResponseError' && partial.errors[0].type === 'NOT_FOUND' && partial.errors[0].path[0] === 'b' && partial.data.a.name === 'theme-kit', partial);
const invalid = await refused('no such field', query('{ rateLimit { nonsense } }', { baseUrl: unjudged }));
check('a field that is none', invalid.name === 'GraphqlResponseError' && /nonsense/.test(invalid.message), invalid);
const write = graphql.defaults({ baseUrl, headers: { authorization: `token ${WORKFLOW_TOKEN}` } });
const put = (expectedHeadOid) =>
  write(`mutation($input: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $input) { commit { oid } } }`, {
    input: {
      branch: { repositoryNameWithOwner: home, branchName: 'of-a-client' },
      message: { headline: 'By a mutation' },
      fileChanges: { additions: [{ path: 'c.txt', contents: Buffer.from('c').toString('base64') }] },
      expectedHeadOid,
    },
  });
const { createCommitOnBranch } = await put(commit.data.sha);
check('a commit by a mutation', (await git.getRef({ ...at, ref: 'heads/of-a-client' })).data.object.sha === createCommitOnBranch.commit.oid, createCommitOnBranch);
const late = await refused('a stale head', put(commit.data.sha));
check('a stale head', late.errors?.[0].type === 'STALE_DATA', late.errors);

done('@octokit/rest', '@octokit/graphql');
