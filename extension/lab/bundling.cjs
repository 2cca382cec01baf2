// The builder's limits are for pages that load everything at once; a browser test holds ours, which are on what loads first.
module.exports = { performance: { hints: false } };
