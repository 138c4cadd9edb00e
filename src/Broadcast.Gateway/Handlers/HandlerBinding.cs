using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace Broadcast.Gateway;

/// <summary>
/// What a handler takes and gives, found out once, when it is added: the connection, cancellation, services, and one request, which is
/// whatever is none of these. Immutable.
/// </summary>
internal sealed class HandlerBinding
{
    private readonly Delegate _handler;
    private readonly MethodInvoker _invoke;
    private readonly Func<HandlerCall, object?>[] _arguments;
    private readonly HandlerAnswer _answer;

    private HandlerBinding(string name, Delegate handler, MethodInfo invoke, Func<HandlerCall, object?>[] arguments, HandlerAnswer answer, RequestReader? request)
    {
        (Name, _handler, _invoke, _arguments, _answer, Request) = (name, handler, MethodInvoker.Create(invoke), arguments, answer, request);
    }

    public string Name { get; }

    /// <summary>Reads the request; null if the handler takes none.</summary>
    public RequestReader? Request { get; }

    /// <exception cref="ArgumentException">It takes or gives what it cannot; the message is one sentence.</exception>
    public static HandlerBinding Of(string name, Delegate handler, IServiceProvider services, JsonSerializerOptions writing, JsonSerializerOptions reading)
    {
        var invoke = handler.GetType().GetMethod("Invoke")!;
        var answer = AnswerOf(name, handler.Method, writing);
        RequestReader? request = null;
        var arguments = new List<Func<HandlerCall, object?>>();
        var count = invoke.GetParameters().Length;

        // The delegate's own parameters have neither attributes nor the names that were written; a closed method has one more before them.
        foreach (var parameter in handler.Method.GetParameters()[^count..])
        {
            if (Given(parameter, services) is { } given)
            {
                arguments.Add(given);
                continue;
            }

            if (request is not null)
            {
                throw new ArgumentException(
                    $"The handler '{name}' takes two requests, {request.Described} and {Describe(parameter)}; one of them may be a service that the application does not have.");
            }

            request = RequestReader.Of(name, parameter, reading) ?? throw new ArgumentException(
                $"The handler '{name}' takes {Describe(parameter)}, which is neither a service that the application has nor something that JSON can be read into.");
            arguments.Add(static call => call.Request);
        }

        return new HandlerBinding(name, handler, invoke, [.. arguments], answer, request);
    }

    /// <summary>Runs the handler to its end.</summary>
    /// <returns>Its answer as JSON, or null if it has none.</returns>
    public ValueTask<ReadOnlyMemory<byte>?> InvokeAsync(HandlerCall call)
    {
        var arguments = new object?[_arguments.Length];
        for (var i = 0; i < arguments.Length; i++)
        {
            arguments[i] = _arguments[i](call);
        }

        try
        {
            return _answer.OfAsync(_invoke.Invoke(_handler, arguments.AsSpan()));
        }
        catch (TargetInvocationException e) when (e.InnerException is { } thrown)
        {
            // As the handler threw it.
            ExceptionDispatchInfo.Throw(thrown);
            throw;
        }
    }

    public static string Describe(ParameterInfo parameter) => $"{parameter.ParameterType.Name} {parameter.Name}";

    private static Func<HandlerCall, object?>? Given(ParameterInfo parameter, IServiceProvider services)
    {
        var type = parameter.ParameterType;
        if (type == typeof(IConnection))
        {
            return static call => call.Connection;
        }

        if (type == typeof(CancellationToken))
        {
            return static call => call.Cancellation;
        }

        if (parameter.GetCustomAttribute<FromKeyedServicesAttribute>() is { Key: { } key })
        {
            var isThere = services.GetService<IServiceProviderIsKeyedService>()?.IsKeyedService(type, key) == true;
            return isThere ? call => call.Services.GetRequiredKeyedService(type, key) : null;
        }

        return !type.IsByRef && services.GetRequiredService<IServiceProviderIsService>().IsService(type) ? call => call.Services.GetRequiredService(type) : null;
    }

    private static HandlerAnswer AnswerOf(string name, MethodInfo method, JsonSerializerOptions json)
    {
        if (method.ReturnType == typeof(void) && method.IsDefined(typeof(AsyncStateMachineAttribute)))
        {
            throw new ArgumentException($"The handler '{name}' is async void, of which nobody can tell when it has ended; let it return a Task.");
        }

        return HandlerAnswer.Of(method.ReturnType, json)
            ?? throw new ArgumentException($"The handler '{name}' answers with {method.ReturnType.Name}, which cannot be written as one JSON value.");
    }

    /// <summary>What belongs to an HTTP request, of which a handler has none.</summary>
    internal static bool IsOfHttp(Type type) => typeof(IResult).IsAssignableFrom(type) || type.Namespace?.StartsWith("Microsoft.AspNetCore.Http", StringComparison.Ordinal) == true;
}
