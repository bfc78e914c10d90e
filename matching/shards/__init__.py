"""A gallery in parts that answer together, and never as if a part that is silent held nobody."""

from matching.shards.assignment import seen_by, shard_of
from matching.shards.process import ProcessShard
from matching.shards.shard import LocalShard, Search, Shard, ShardState
from matching.shards.shard_set import ShardSet

__all__ = ["LocalShard", "ProcessShard", "Search", "Shard", "ShardSet", "ShardState", "seen_by", "shard_of"]
