// Each test loads the machine by itself; two at a time would only measure each other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
